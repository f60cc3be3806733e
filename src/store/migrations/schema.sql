-- Written by `npm run docs` from the migrations; PostgreSQL has the same tables with its own type names.
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL UNIQUE,
  language TEXT NOT NULL,
  password TEXT NOT NULL,
  scram TEXT NOT NULL,
  locked_at INTEGER,
  locked_reason TEXT,
  created_at INTEGER NOT NULL,
  -- the last UIDVALIDITY that a mailbox of it got
  uid_validity INTEGER NOT NULL,
  -- of its mailboxes together; none where there is no limit of its own
  quota_bytes INTEGER,
  quota_messages INTEGER
);
CREATE TABLE address (
  address TEXT NOT NULL,
  target TEXT NOT NULL,
  account INTEGER REFERENCES account (id),
  PRIMARY KEY (address, target)
);
CREATE INDEX address_target ON address (target);
CREATE TABLE case_event (
  id INTEGER PRIMARY KEY,
  provider_case INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX case_event_case ON case_event (provider_case, kind);
CREATE TABLE content (
  message INTEGER PRIMARY KEY,
  -- SHA-256 of all of it
  hash BLOB NOT NULL,
  stage INTEGER,
  bytes BLOB
);
CREATE TABLE content_chunk (stage INTEGER NOT NULL, seq INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (stage, seq));
CREATE TABLE content_stage (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE counter (name TEXT PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE credential_change (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX credential_change_at ON credential_change (at);
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES message (id),
  recipient TEXT NOT NULL,
  notify TEXT,
  orcpt TEXT,
  -- by which address of ours it is sent on, and as whom, as JSON
  forward TEXT,
  path TEXT NOT NULL,
  -- whose mail it is, for fairness: `domain/account`
  customer TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  leased_by INTEGER,
  hold_reason TEXT,
  -- held by the guard, in this group
  hold_group INTEGER,
  -- of a held local copy, whose it is
  account INTEGER,
  delay_told INTEGER NOT NULL,
  -- when its sender is to be told something: of the delay, then of the end
  tell_at INTEGER NOT NULL,
  finished_at INTEGER,
  last TEXT
);
CREATE INDEX delivery_due ON delivery (path, lane, due_at, id) WHERE state IN ('ready', 'waiting');
CREATE INDEX delivery_fair ON delivery (path, lane, customer, due_at, id) WHERE state IN ('ready', 'waiting');
CREATE INDEX delivery_held ON delivery (path) WHERE state = 'held';
CREATE INDEX delivery_hold_group ON delivery (hold_group, id) WHERE state = 'held' AND hold_group IS NOT NULL;
CREATE INDEX delivery_leased ON delivery (leased_by) WHERE state = 'leased';
CREATE INDEX delivery_message ON delivery (message);
CREATE INDEX delivery_tell ON delivery (tell_at, id) WHERE state IN ('ready', 'waiting');
CREATE TABLE dkim_key (
  domain TEXT NOT NULL REFERENCES domain (name),
  selector TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  private_pem TEXT NOT NULL,
  public_record TEXT NOT NULL,
  PRIMARY KEY (domain, selector)
);
CREATE TABLE domain (
  name TEXT PRIMARY KEY,
  language TEXT NOT NULL,
  -- whose it is, where one customer has several
  tenant TEXT,
  created_at INTEGER NOT NULL,
  -- of all its accounts together
  quota_bytes INTEGER,
  quota_messages INTEGER
);
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL,
  delivery INTEGER,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX event_message ON event (message);
CREATE TABLE expunged (
  mailbox INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  created INTEGER NOT NULL,
  at INTEGER NOT NULL,
  message INTEGER,
  thread INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  internal_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  recipient TEXT,
  PRIMARY KEY (mailbox, modseq, uid)
) WITHOUT ROWID;
CREATE INDEX expunged_at ON expunged (at);
CREATE TABLE flag_change (
  mailbox INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  first_uid INTEGER NOT NULL,
  last_uid INTEGER NOT NULL,
  -- add, remove or replace
  change TEXT NOT NULL,
  bits INTEGER NOT NULL,
  PRIMARY KEY (mailbox, modseq, first_uid)
) WITHOUT ROWID;
CREATE TABLE guard_event (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  worker INTEGER NOT NULL,
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  message INTEGER,
  hold_group INTEGER,
  data TEXT NOT NULL
);
CREATE INDEX guard_event_account ON guard_event ((id / 250), account);
CREATE TABLE guard_preview (
  scope TEXT NOT NULL,
  factor INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (scope, factor)
);
CREATE TABLE guard_recall (
  hold_group INTEGER PRIMARY KEY,
  customer TEXT NOT NULL,
  at INTEGER NOT NULL,
  look_at INTEGER NOT NULL
);
CREATE TABLE guard_state (
  name TEXT PRIMARY KEY,
  upto INTEGER NOT NULL,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE TABLE hold_group (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  login TEXT NOT NULL,
  campaign TEXT NOT NULL,
  -- open, releasing, released, dropping, dropped
  state TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  size INTEGER NOT NULL,
  subject TEXT NOT NULL,
  -- the log's data of its first message
  sample TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  warned INTEGER NOT NULL,
  -- how much time this installation had seen pass when its owner was warned
  warned_seen INTEGER,
  -- its owner may release it alone: all of its messages are of that kind
  owners INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT,
  reason TEXT,
  notice INTEGER
);
CREATE INDEX hold_group_decided ON hold_group (state) WHERE state IN ('releasing', 'dropping');
CREATE INDEX hold_group_due ON hold_group (warned, expires_at) WHERE state = 'open';
CREATE INDEX hold_group_ended ON hold_group (last_at) WHERE state IN ('released', 'dropped');
CREATE INDEX hold_group_login ON hold_group (login);
CREATE UNIQUE INDEX hold_group_open ON hold_group (account, campaign) WHERE state = 'open';
CREATE INDEX hold_group_size ON hold_group (account, size) WHERE state = 'open';
CREATE TABLE hold_token (
  token TEXT PRIMARY KEY,
  hold_group INTEGER NOT NULL,
  account INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX hold_token_account ON hold_token (account);
CREATE INDEX hold_token_group ON hold_token (hold_group);
CREATE TABLE import_folder (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  -- which server and login
  source TEXT NOT NULL,
  -- what it is called there
  name TEXT NOT NULL,
  mailbox INTEGER NOT NULL,
  uid_validity INTEGER NOT NULL,
  -- the HIGHESTMODSEQ there up to which flags are known; 63 bits, so a text
  modseq TEXT
);
CREATE INDEX import_folder_mailbox ON import_folder (mailbox);
CREATE UNIQUE INDEX import_folder_name ON import_folder (account, source, name);
CREATE TABLE import_item (
  folder INTEGER NOT NULL,
  source_uid INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  flags TEXT NOT NULL,
  PRIMARY KEY (folder, source_uid)
) WITHOUT ROWID;
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  name TEXT NOT NULL,
  -- \Drafts, \Sent, … (RFC 6154)
  special_use TEXT,
  uid_validity INTEGER NOT NULL,
  uid_next INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0,
  -- of its items' flags, the n-th word is the bit 5 + n
  keywords TEXT NOT NULL DEFAULT '',
  -- what vanished up to here is not known any more
  forgotten_modseq INTEGER NOT NULL DEFAULT 0,
  -- what it would take to write its rows of flag_change to its items, in items
  flag_changes INTEGER NOT NULL DEFAULT 0,
  -- deleted by its owner, and can be had back for a while
  deleted_at INTEGER
);
CREATE INDEX mailbox_deleted ON mailbox (deleted_at, account) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX mailbox_name ON mailbox (account, name) WHERE deleted_at IS NULL;
CREATE TABLE mailbox_item (
  mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  message INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  -- the modseq with which it came: in the order of UIDs
  created INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  internal_at INTEGER NOT NULL,
  saved_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  -- whom it was delivered to; none where a client put it here
  recipient TEXT,
  PRIMARY KEY (mailbox, uid)
);
CREATE INDEX mailbox_item_changed ON mailbox_item (mailbox, modseq) WHERE modseq <> created;
CREATE INDEX mailbox_item_deleted ON mailbox_item (mailbox, uid) WHERE flags & 4 <> 0;
CREATE TABLE mailbox_pack (
  mailbox INTEGER PRIMARY KEY,
  modseq INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  accepted_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  account INTEGER,
  language TEXT NOT NULL,
  reverse_path TEXT NOT NULL,
  message_id TEXT,
  envelope TEXT NOT NULL,
  origin TEXT NOT NULL,
  prefix BLOB NOT NULL,
  size INTEGER NOT NULL,
  -- deliveries not final plus mailbox entries: at zero its content goes
  refs INTEGER NOT NULL,
  -- of what is in mailboxes, made when it arrived (`wire/mime`): the structure, encoded, and the beginning of its text
  structure BLOB,
  preview TEXT,
  -- when it was let go after the guard had held it: its lifetime was made longer by what that took
  released_at INTEGER
);
CREATE INDEX message_accepted ON message (accepted_at);
CREATE TABLE metadata (
  account INTEGER NOT NULL,
  mailbox INTEGER NOT NULL,
  name TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (account, mailbox, name)
) WITHOUT ROWID;
CREATE TABLE path (
  path TEXT PRIMARY KEY,
  owner INTEGER,
  provider TEXT,
  pace TEXT,
  -- when that was learnt
  pace_at INTEGER
);
CREATE TABLE provider_case (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  provider TEXT NOT NULL,
  egress TEXT NOT NULL,
  -- the domain of the one customer it is about
  customer TEXT,
  blame TEXT NOT NULL,
  class TEXT NOT NULL,
  -- held, returning or closed, and since when
  state TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  pause_ms INTEGER NOT NULL,
  -- connections that it bore
  level INTEGER NOT NULL,
  renewed INTEGER NOT NULL
);
CREATE INDEX provider_case_changed ON provider_case (changed_at);
CREATE UNIQUE INDEX provider_case_open ON provider_case (scope) WHERE state <> 'closed';
CREATE TABLE relaxation (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  -- in hundredths
  factor INTEGER NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  wire_let_out INTEGER NOT NULL,
  wire_refused INTEGER NOT NULL,
  wire_accounts INTEGER NOT NULL,
  let_out INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  ended_at INTEGER,
  ended_why TEXT,
  -- by whom and with what reason, where that was a person
  ended_by TEXT,
  ended_reason TEXT
);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sketch_block (
  account INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  mailbox INTEGER NOT NULL,
  block INTEGER NOT NULL,
  sketches INTEGER NOT NULL,
  -- which messages; before what is large, so that it can be read alone
  messages BLOB NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (account, layer, mailbox, block)
) WITHOUT ROWID;
CREATE TABLE sketch_count (account INTEGER PRIMARY KEY, sketches INTEGER NOT NULL);
CREATE TABLE spread (
  scope TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL
);
CREATE TABLE standstill (
  scope TEXT NOT NULL,
  cause TEXT NOT NULL,
  blame TEXT NOT NULL,
  since INTEGER NOT NULL,
  reason TEXT NOT NULL,
  by_whom TEXT,
  until INTEGER,
  canary_at INTEGER,
  canary_every INTEGER,
  reply TEXT,
  PRIMARY KEY (scope, cause)
);
CREATE TABLE stoppage (
  scope TEXT NOT NULL,
  blame TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL
);
CREATE INDEX stoppage_ended ON stoppage (ended_at);
CREATE TABLE subscription (account INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE TABLE success_due (
  delivery INTEGER PRIMARY KEY
);
CREATE TABLE suppression (
  address TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  by_whom TEXT,
  failures INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  since INTEGER,
  expires_at INTEGER NOT NULL
);
CREATE INDEX suppression_last ON suppression (last_at);
CREATE TABLE thawed (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  cause TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  by_whom TEXT,
  ended_at INTEGER NOT NULL,
  -- nobody: its time was over
  ended_by TEXT,
  ended_why TEXT
);
CREATE INDEX thawed_ended ON thawed (ended_at);
CREATE TABLE thread_key (
  account INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  PRIMARY KEY (account, hash)
) WITHOUT ROWID;
CREATE TABLE told (
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL
);
CREATE TABLE vacation (
  account INTEGER PRIMARY KEY,
  subject TEXT,
  text TEXT NOT NULL,
  from_at INTEGER,
  until_at INTEGER,
  every_ms INTEGER NOT NULL
);
CREATE TABLE vacation_answered (
  account INTEGER NOT NULL,
  sender TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account, sender)
);
CREATE INDEX vacation_answered_at ON vacation_answered (at);
CREATE TABLE warm_up (
  egress TEXT NOT NULL,
  provider TEXT NOT NULL,
  day INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  PRIMARY KEY (egress, provider, day)
);
CREATE TABLE worker (
  id INTEGER PRIMARY KEY,
  node TEXT NOT NULL,
  -- how often it has beaten: who sees it stand still for long enough, by a clock of its own, knows that the worker is dead
  beat INTEGER NOT NULL,
  -- what it has seen of the network, as JSON
  health TEXT,
  -- how near it is to its budgets, as JSON
  strain TEXT
);
