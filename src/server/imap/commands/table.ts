/** Every command: its handler, the phases in which it is legal, and what it may tell of what others changed. */
import type { Command, Verb } from '../../../wire/imap/command.ts';
import type { Answer, ImapHandle } from '../handle.ts';
import type { Telling } from '../telling.ts';
import type { Phase } from '../phase.ts';
import { authenticate } from './authenticate.ts';
import { cancelUpdate } from './cancel-update.ts';
import { close } from './close.ts';
import { compress } from './compress.ts';
import { copy } from './copy.ts';
import { create } from './create.ts';
import { deleteMailbox } from './delete.ts';
import { enable } from './enable.ts';
import { expunge } from './expunge.ts';
import { fetch } from './fetch.ts';
import { idle } from './idle.ts';
import { list } from './list.ts';
import { login } from './login.ts';
import { getMetadata, setMetadata } from './metadata.ts';
import { getQuota, getQuotaRoot, setQuota } from './quota.ts';
import { notify } from './notify.ts';
import { rename } from './rename.ts';
import { search } from './search.ts';
import { select } from './select.ts';
import { capability, id, logout, namespace, noop, notOffered } from './small.ts';
import { startTls } from './starttls.ts';
import { status } from './status.ts';
import { store } from './store.ts';
import { subscribe } from './subscribe.ts';
import { thread } from './thread.ts';
import { unauthenticate } from './unauthenticate.ts';

type Handlers = {
  readonly [V in Verb]: {
    readonly phases: readonly Phase['kind'][];
    readonly news: 'none' | Telling['expunges'];
    readonly handle: (session: ImapHandle, command: Extract<Command, { verb: V }>, tag: string) => Answer;
  };
};

const STRANGERS = ['not-authenticated'] as const;
const CUSTOMERS = ['authenticated', 'selected'] as const;
const ALL = ['not-authenticated', 'authenticated', 'selected'] as const;
const SELECTED = ['selected'] as const;

export const handlers: Handlers = {
  CAPABILITY: { phases: ALL, news: 'told', handle: capability },
  NOOP: { phases: ALL, news: 'told', handle: noop },
  LOGOUT: { phases: ALL, news: 'none', handle: logout },
  ID: { phases: ALL, news: 'told', handle: id },
  STARTTLS: { phases: STRANGERS, news: 'none', handle: startTls },
  LOGIN: { phases: STRANGERS, news: 'none', handle: login },
  AUTHENTICATE: { phases: STRANGERS, news: 'none', handle: authenticate },
  ENABLE: { phases: CUSTOMERS, news: 'none', handle: enable },
  NAMESPACE: { phases: CUSTOMERS, news: 'told', handle: namespace },
  SELECT: { phases: CUSTOMERS, news: 'none', handle: select },
  EXAMINE: { phases: CUSTOMERS, news: 'none', handle: select },
  CREATE: { phases: CUSTOMERS, news: 'told', handle: create },
  DELETE: { phases: CUSTOMERS, news: 'told', handle: deleteMailbox },
  RENAME: { phases: CUSTOMERS, news: 'told', handle: rename },
  SUBSCRIBE: { phases: CUSTOMERS, news: 'told', handle: subscribe },
  UNSUBSCRIBE: { phases: CUSTOMERS, news: 'told', handle: subscribe },
  LIST: { phases: CUSTOMERS, news: 'told', handle: list },
  LSUB: { phases: CUSTOMERS, news: 'told', handle: list },
  STATUS: { phases: CUSTOMERS, news: 'told', handle: status },
  // Taken as they come (`append.ts`).
  APPEND: { phases: CUSTOMERS, news: 'told', handle: notOffered },
  REPLACE: { phases: SELECTED, news: 'told', handle: notOffered },
  'UID REPLACE': { phases: SELECTED, news: 'told', handle: notOffered },
  IDLE: { phases: CUSTOMERS, news: 'told', handle: idle },
  CHECK: { phases: SELECTED, news: 'told', handle: noop },
  CLOSE: { phases: SELECTED, news: 'none', handle: close },
  UNSELECT: { phases: SELECTED, news: 'none', handle: close },
  EXPUNGE: { phases: SELECTED, news: 'told', handle: expunge },
  'UID EXPUNGE': { phases: SELECTED, news: 'told', handle: expunge },
  FETCH: { phases: SELECTED, news: 'held', handle: fetch },
  'UID FETCH': { phases: SELECTED, news: 'told', handle: fetch },
  STORE: { phases: SELECTED, news: 'held', handle: store },
  'UID STORE': { phases: SELECTED, news: 'told', handle: store },
  COPY: { phases: SELECTED, news: 'told', handle: copy },
  'UID COPY': { phases: SELECTED, news: 'told', handle: copy },
  MOVE: { phases: SELECTED, news: 'told', handle: copy },
  'UID MOVE': { phases: SELECTED, news: 'told', handle: copy },
  SEARCH: { phases: SELECTED, news: 'held', handle: search },
  'UID SEARCH': { phases: SELECTED, news: 'told', handle: search },
  SORT: { phases: SELECTED, news: 'held', handle: search },
  'UID SORT': { phases: SELECTED, news: 'told', handle: search },
  THREAD: { phases: SELECTED, news: 'held', handle: thread },
  'UID THREAD': { phases: SELECTED, news: 'told', handle: thread },
  CANCELUPDATE: { phases: SELECTED, news: 'told', handle: cancelUpdate },
  GETQUOTA: { phases: CUSTOMERS, news: 'told', handle: getQuota },
  GETQUOTAROOT: { phases: CUSTOMERS, news: 'told', handle: getQuotaRoot },
  SETQUOTA: { phases: CUSTOMERS, news: 'told', handle: setQuota },
  GETMETADATA: { phases: CUSTOMERS, news: 'told', handle: getMetadata },
  SETMETADATA: { phases: CUSTOMERS, news: 'told', handle: setMetadata },
  NOTIFY: { phases: CUSTOMERS, news: 'none', handle: notify },
  COMPRESS: { phases: CUSTOMERS, news: 'none', handle: compress },
  UNAUTHENTICATE: { phases: CUSTOMERS, news: 'none', handle: unauthenticate },
};
