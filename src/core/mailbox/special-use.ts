/** Mailboxes with a purpose (RFC 6154), which every account has from its beginning, called as its language calls them. */
import type { Language } from '../envelope.ts';

export const SPECIAL_USES = ['\\Drafts', '\\Sent', '\\Junk', '\\Trash', '\\Archive'] as const;
export type SpecialUse = (typeof SPECIAL_USES)[number];

const NAMES: Readonly<Record<Language, Readonly<Record<SpecialUse, string>>>> = {
  en: {
    '\\Drafts': 'Drafts',
    '\\Sent': 'Sent',
    '\\Junk': 'Junk',
    '\\Trash': 'Trash',
    '\\Archive': 'Archive',
  },
  fr: {
    '\\Drafts': 'Brouillons',
    '\\Sent': 'Envoyés',
    '\\Junk': 'Indésirables',
    '\\Trash': 'Corbeille',
    '\\Archive': 'Archives',
  },
};

/** The mailboxes of a new account, INBOX first. */
export function firstMailboxes(language: Language): { name: string; specialUse?: SpecialUse }[] {
  const special = SPECIAL_USES.map((specialUse) => ({ name: NAMES[language][specialUse], specialUse }));
  return [{ name: 'INBOX' }, ...special];
}
