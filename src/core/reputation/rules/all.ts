/** Every table, in the order in which they are asked: whose reply it is, the list it names, what it says, its codes. */
import { providerNamed } from '../providers.ts';
import type { RuleTable } from '../rule.ts';
import { ADDRESS, BLOCKED, CALLER, NAME, PACE } from './address.ts';
import { AMERICA } from './america.ts';
import { CHINA } from './china.ts';
import { CODES, ENHANCED, FULL_CODES, SENDER_CODES } from './codes.ts';
import { CONTENT } from './content.ts';
import { FRANCE } from './france.ts';
import { GATEWAYS } from './gateways.ts';
import { GERMANY } from './germany.ts';
import { GOOGLE } from './google.ts';
import { HERE } from './here.ts';
import { LISTS } from './lists.ts';
import { MESSAGE } from './message.ts';
import { MICROSOFT } from './microsoft.ts';
import { RECIPIENT } from './recipient.ts';
import { RECIPIENT_PACE } from './recipient-pace.ts';
import { SENDER } from './sender.ts';
import { FAULTS, TROUBLE } from './trouble.ts';
import { VAGUE } from './vague.ts';
import { YAHOO_AOL } from './yahoo.ts';

export const PROVIDER_TABLES: readonly RuleTable[] = [
  GOOGLE,
  MICROSOFT,
  YAHOO_AOL,
  FRANCE,
  GERMANY,
  AMERICA,
  CHINA,
  GATEWAYS,
];

export const TABLES: readonly RuleTable[] = [
  ...PROVIDER_TABLES,
  LISTS,
  FAULTS,
  HERE,
  NAME,
  CALLER,
  FULL_CODES,
  RECIPIENT_PACE,
  PACE,
  SENDER_CODES,
  RECIPIENT,
  SENDER,
  ADDRESS,
  CONTENT,
  MESSAGE,
  BLOCKED,
  TROUBLE,
  ENHANCED,
  VAGUE,
  CODES,
];

/** The provider whose words a rule reads; undefined for one that is about nobody in particular. */
export function providerOfRule(id: string): string | undefined {
  const rule = PROVIDER_TABLES.flat().find((one) => one.id === id);
  return rule === undefined ? undefined : (rule.speaker ?? providerNamed(id.slice(0, id.indexOf('/'))));
}
