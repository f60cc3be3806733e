-- Written once for both databases: {int} and {bytes} name the types, {key} a text that is compared octet by octet, {serial} an integer key that counts by itself,
-- {clustered} has rows stand in the order of their key where the database can.

CREATE TABLE counter (name TEXT PRIMARY KEY, next {int} NOT NULL);
INSERT INTO counter (name, next) VALUES ('id', 1);

-- Small durable values that are not rows of anything else, as JSON.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE worker (
  id {int} PRIMARY KEY,
  node TEXT NOT NULL,
  -- how often it has beaten: who sees it stand still for long enough, by a clock of its own, knows that the worker is dead
  beat {int} NOT NULL,
  -- what it has seen of the network, as JSON
  health TEXT,
  -- how near it is to its budgets, as JSON
  strain TEXT
);

CREATE TABLE domain (
  name TEXT PRIMARY KEY,
  language TEXT NOT NULL,
  -- whose it is, where one customer has several
  tenant TEXT,
  created_at {int} NOT NULL,
  -- of all its accounts together
  quota_bytes {int},
  quota_messages {int}
);
CREATE TABLE dkim_key (
  domain TEXT NOT NULL REFERENCES domain (name),
  selector TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  private_pem TEXT NOT NULL,
  public_record TEXT NOT NULL,
  PRIMARY KEY (domain, selector)
);
CREATE TABLE account (
  id {int} PRIMARY KEY,
  address TEXT NOT NULL UNIQUE,
  language TEXT NOT NULL,
  password TEXT NOT NULL,
  scram TEXT NOT NULL,
  locked_at {int},
  locked_reason TEXT,
  created_at {int} NOT NULL,
  -- the last UIDVALIDITY that a mailbox of it got
  uid_validity {int} NOT NULL,
  -- of its mailboxes together; none where there is no limit of its own
  quota_bytes {int},
  quota_messages {int}
);
-- Of which accounts the password was changed, or which were removed: whoever is logged in there is to log in again. Forgotten after a day.
CREATE TABLE credential_change (
  id {serial},
  account {int} NOT NULL,
  at {int} NOT NULL
);
CREATE INDEX credential_change_at ON credential_change (at);
-- What mail can be sent to. An account's own address has a row whose target is that account, unless all is sent on.
CREATE TABLE address (
  address TEXT NOT NULL,
  target TEXT NOT NULL,
  account {int} REFERENCES account (id),
  PRIMARY KEY (address, target)
);
CREATE INDEX address_target ON address (target);
-- What an account answers by itself, and whom it has answered: forgotten when they may be answered again.
CREATE TABLE vacation (
  account {int} PRIMARY KEY,
  subject TEXT,
  text TEXT NOT NULL,
  from_at {int},
  until_at {int},
  every_ms {int} NOT NULL
);
CREATE TABLE vacation_answered (
  account {int} NOT NULL,
  sender TEXT NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (account, sender)
);
CREATE INDEX vacation_answered_at ON vacation_answered (at);

-- A message as it was received, while anybody needs it: small ones inline, large ones in the chunks of a stage.
CREATE TABLE content (
  message {int} PRIMARY KEY,
  -- SHA-256 of all of it
  hash {bytes} NOT NULL,
  stage {int},
  bytes {bytes}
);
CREATE TABLE content_chunk (stage {int} NOT NULL, seq {int} NOT NULL, bytes {bytes} NOT NULL, PRIMARY KEY (stage, seq));
-- Stages whose message is not accepted yet: swept when old.
CREATE TABLE content_stage (id {int} PRIMARY KEY, at {int} NOT NULL);

CREATE TABLE message (
  id {int} PRIMARY KEY,
  accepted_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  account {int},
  language TEXT NOT NULL,
  reverse_path TEXT NOT NULL,
  message_id TEXT,
  envelope TEXT NOT NULL,
  origin TEXT NOT NULL,
  prefix {bytes} NOT NULL,
  size {int} NOT NULL,
  -- deliveries not final plus mailbox entries: at zero its content goes
  refs {int} NOT NULL,
  -- of what is in mailboxes, made when it arrived (`wire/mime`): the structure, encoded, and the beginning of its text
  structure {bytes},
  preview TEXT,
  -- when it was let go after the guard had held it: its lifetime was made longer by what that took
  released_at {int}
);
CREATE INDEX message_accepted ON message (accepted_at);

-- Whoever owns a path paces it; `pace` is what it has learnt, as JSON.
CREATE TABLE path (
  path TEXT PRIMARY KEY,
  owner {int},
  provider TEXT,
  pace TEXT,
  -- when that was learnt
  pace_at {int}
);

-- What stands still: one row however much mail it keeps. A path is frozen while a scope that it lies in is.
CREATE TABLE standstill (
  scope TEXT NOT NULL,
  cause TEXT NOT NULL,
  blame TEXT NOT NULL,
  since {int} NOT NULL,
  reason TEXT NOT NULL,
  by_whom TEXT,
  until {int},
  canary_at {int},
  canary_every {int},
  reply TEXT,
  PRIMARY KEY (scope, cause)
);
-- Freezes that are over: what counts when a message's time is reckoned.
CREATE TABLE stoppage (
  scope TEXT NOT NULL,
  blame TEXT NOT NULL,
  began_at {int} NOT NULL,
  ended_at {int} NOT NULL
);
CREATE INDEX stoppage_ended ON stoppage (ended_at);
-- What a person froze or let go, once it is over: who, and why, at both ends. Nothing is reckoned by it.
CREATE TABLE thawed (
  id {serial},
  scope TEXT NOT NULL,
  cause TEXT NOT NULL,
  began_at {int} NOT NULL,
  reason TEXT NOT NULL,
  by_whom TEXT,
  ended_at {int} NOT NULL,
  -- nobody: its time was over
  ended_by TEXT,
  ended_why TEXT
);
CREATE INDEX thawed_ended ON thawed (ended_at);

-- The case of a block: opened by a hold, closed when mail flows again, and kept.
CREATE TABLE provider_case (
  id {serial},
  scope TEXT NOT NULL,
  provider TEXT NOT NULL,
  egress TEXT NOT NULL,
  -- the domain of the one customer it is about
  customer TEXT,
  blame TEXT NOT NULL,
  class TEXT NOT NULL,
  -- held, returning or closed, and since when
  state TEXT NOT NULL,
  opened_at {int} NOT NULL,
  changed_at {int} NOT NULL,
  pause_ms {int} NOT NULL,
  -- connections that it bore
  level {int} NOT NULL,
  renewed {int} NOT NULL
);
-- one open case for each scope
CREATE UNIQUE INDEX provider_case_open ON provider_case (scope) WHERE state <> 'closed';
CREATE INDEX provider_case_changed ON provider_case (changed_at);
-- What was said and done in it: so many events at most.
CREATE TABLE case_event (
  id {serial},
  provider_case {int} NOT NULL,
  at {int} NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX case_event_case ON case_event (provider_case, kind);
-- What of a blocked stream an operator has leave by another egress: a provider's, or that of one case.
CREATE TABLE spread (
  scope {key} PRIMARY KEY,
  reason TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  since {int} NOT NULL,
  until {int} NOT NULL
);

-- What a new egress sent to a provider on a day (since 1970-01-01, UTC), or to all others: recipients that workers took
-- of its allowance, how many the last one was given, and whether our address or our rate was refused.
CREATE TABLE warm_up (
  egress {key} NOT NULL,
  provider {key} NOT NULL,
  day {int} NOT NULL,
  taken {int} NOT NULL,
  granted {int} NOT NULL,
  refused {int} NOT NULL,
  PRIMARY KEY (egress, provider, day)
);

CREATE TABLE delivery (
  id {int} PRIMARY KEY,
  message {int} NOT NULL REFERENCES message (id),
  recipient TEXT NOT NULL,
  notify TEXT,
  orcpt TEXT,
  -- by which address of ours it is sent on, and as whom, as JSON
  forward TEXT,
  path TEXT NOT NULL,
  -- whose mail it is, for fairness: `domain/account`
  customer {key} NOT NULL,
  state TEXT NOT NULL,
  due_at {int} NOT NULL,
  lane {int} NOT NULL,
  attempts {int} NOT NULL,
  leased_by {int},
  hold_reason TEXT,
  -- held by the guard, in this group
  hold_group {int},
  -- of a held local copy, whose it is
  account {int},
  delay_told {int} NOT NULL,
  -- when its sender is to be told something: of the delay, then of the end
  tell_at {int} NOT NULL,
  finished_at {int},
  last TEXT
);
CREATE INDEX delivery_message ON delivery (message);
CREATE INDEX delivery_due ON delivery (path, lane, due_at, id) WHERE state IN ('ready', 'waiting');
CREATE INDEX delivery_fair ON delivery (path, lane, customer, due_at, id) WHERE state IN ('ready', 'waiting');
CREATE INDEX delivery_tell ON delivery (tell_at, id) WHERE state IN ('ready', 'waiting');
CREATE INDEX delivery_leased ON delivery (leased_by) WHERE state = 'leased';
CREATE INDEX delivery_held ON delivery (path) WHERE state = 'held';
CREATE INDEX delivery_hold_group ON delivery (hold_group, id) WHERE state = 'held' AND hold_group IS NOT NULL;

-- The traffic log of the guard, kept 30 days: what it looked at, never a text, recipients as hashes.
CREATE TABLE guard_event (
  id {serial},
  at {int} NOT NULL,
  worker {int} NOT NULL,
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  message {int},
  hold_group {int},
  data TEXT NOT NULL
);
-- By account within 250 lines: an index over all lines would have a page of its own written for nearly each of them, and one by the
-- thousand takes 1 µs more a line. To look for an account takes a look at each part: 12 000 for three million lines.
CREATE INDEX guard_event_account ON guard_event ((id / 250), account);
-- What it knows of each account, saved now and then; `upto` is the last line of the log that is in it.
CREATE TABLE guard_state (
  name {key} PRIMARY KEY,
  upto {int} NOT NULL,
  at {int} NOT NULL,
  bytes {bytes} NOT NULL
);
-- Held mail of one account and one campaign: one decision for all of it, carried out in steps.
CREATE TABLE hold_group (
  id {int} PRIMARY KEY,
  account {int} NOT NULL,
  login TEXT NOT NULL,
  campaign TEXT NOT NULL,
  -- open, releasing, released, dropping, dropped
  state TEXT NOT NULL,
  first_at {int} NOT NULL,
  last_at {int} NOT NULL,
  messages {int} NOT NULL,
  recipients {int} NOT NULL,
  size {int} NOT NULL,
  subject TEXT NOT NULL,
  -- the log's data of its first message
  sample TEXT NOT NULL,
  expires_at {int} NOT NULL,
  warned {int} NOT NULL,
  -- how much time this installation had seen pass when its owner was warned
  warned_seen {int},
  -- its owner may release it alone: all of its messages are of that kind
  owners {int} NOT NULL,
  decided_at {int},
  decided_by TEXT,
  reason TEXT,
  notice {int}
);
-- What is relaxed, for whom, until when, and what ends it before; amounts are those that its wires count.
CREATE TABLE relaxation (
  id {serial},
  scope TEXT NOT NULL,
  -- in hundredths
  factor {int} NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  from_at {int} NOT NULL,
  to_at {int} NOT NULL,
  wire_let_out {int} NOT NULL,
  wire_refused {int} NOT NULL,
  wire_accounts {int} NOT NULL,
  let_out {int} NOT NULL,
  refused {int} NOT NULL,
  ended_at {int},
  ended_why TEXT,
  -- by whom and with what reason, where that was a person
  ended_by TEXT,
  ended_reason TEXT
);
CREATE TABLE guard_preview (
  scope {key} NOT NULL,
  factor {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (scope, factor)
);
-- An account was stopped (`at`): what of it waits in the queue is to join this group, in steps. What was being tried may come back
-- to the queue: it is looked at again (`look_at`), at longer and longer intervals.
CREATE TABLE guard_recall (
  hold_group {int} PRIMARY KEY,
  customer TEXT NOT NULL,
  at {int} NOT NULL,
  look_at {int} NOT NULL
);
CREATE UNIQUE INDEX hold_group_open ON hold_group (account, campaign) WHERE state = 'open';
CREATE INDEX hold_group_login ON hold_group (login);
-- What is due, what is to be forgotten, and how much is held of an account, without a look at every group.
CREATE INDEX hold_group_due ON hold_group (warned, expires_at) WHERE state = 'open';
CREATE INDEX hold_group_decided ON hold_group (state) WHERE state IN ('releasing', 'dropping');
CREATE INDEX hold_group_ended ON hold_group (last_at) WHERE state IN ('released', 'dropped');
CREATE INDEX hold_group_size ON hold_group (account, size) WHERE state = 'open';
-- Hashes of the tokens by which owners answer notices; each is for one group, and for nothing else.
CREATE TABLE hold_token (
  token {key} PRIMARY KEY,
  hold_group {int} NOT NULL,
  account {int} NOT NULL,
  expires_at {int} NOT NULL
);
CREATE INDEX hold_token_account ON hold_token (account);
CREATE INDEX hold_token_group ON hold_token (hold_group);
-- Copies that were delivered when they were released, and of which their sender asked to hear.
CREATE TABLE success_due (
  delivery {int} PRIMARY KEY
);

-- What happened to each message, written in the transaction that made it so.
CREATE TABLE event (
  id {serial},
  message {int} NOT NULL,
  delivery {int},
  at {int} NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX event_message ON event (message);

-- notices that are owed once, such as one for each account and outage
CREATE TABLE told (
  key {key} PRIMARY KEY,
  at {int} NOT NULL
);

-- Addresses that were refused for sure: since when nothing is sent there, or that it was said once.
CREATE TABLE suppression (
  address {key} PRIMARY KEY,
  reason TEXT NOT NULL,
  by_whom TEXT,
  failures {int} NOT NULL,
  first_at {int} NOT NULL,
  last_at {int} NOT NULL,
  since {int},
  expires_at {int} NOT NULL
);
CREATE INDEX suppression_last ON suppression (last_at);

-- A mailbox of an account. Its counters are those of STATUS, kept in the transaction of each change.
CREATE TABLE mailbox (
  id {int} PRIMARY KEY,
  account {int} NOT NULL,
  name {key} NOT NULL,
  -- \Drafts, \Sent, … (RFC 6154)
  special_use TEXT,
  uid_validity {int} NOT NULL,
  uid_next {int} NOT NULL,
  modseq {int} NOT NULL,
  messages {int} NOT NULL DEFAULT 0,
  unseen {int} NOT NULL DEFAULT 0,
  deleted {int} NOT NULL DEFAULT 0,
  size {int} NOT NULL DEFAULT 0,
  -- of its items' flags, the n-th word is the bit 5 + n
  keywords TEXT NOT NULL DEFAULT '',
  -- what vanished up to here is not known any more
  forgotten_modseq {int} NOT NULL DEFAULT 0,
  -- what it would take to write its rows of flag_change to its items, in items
  flag_changes {int} NOT NULL DEFAULT 0,
  -- deleted by its owner, and can be had back for a while
  deleted_at {int}
);
CREATE UNIQUE INDEX mailbox_name ON mailbox (account, name) WHERE deleted_at IS NULL;
CREATE INDEX mailbox_deleted ON mailbox (deleted_at, account) WHERE deleted_at IS NOT NULL;
-- Names, of mailboxes that need not be there (RFC 9051 6.3.7).
CREATE TABLE subscription (account {int} NOT NULL, name {key} NOT NULL, PRIMARY KEY (account, name)){clustered};
-- In the order in which they came, and not of their key: delivery into many mailboxes splits fewer pages so.
CREATE TABLE mailbox_item (
  mailbox {int} NOT NULL,
  uid {int} NOT NULL,
  message {int} NOT NULL,
  thread {int} NOT NULL,
  -- the modseq with which it came: in the order of UIDs
  created {int} NOT NULL,
  modseq {int} NOT NULL,
  flags {int} NOT NULL,
  internal_at {int} NOT NULL,
  saved_at {int} NOT NULL,
  size {int} NOT NULL,
  -- whom it was delivered to; none where a client put it here
  recipient TEXT,
  PRIMARY KEY (mailbox, uid)
);
-- What is new is found by its UID: only what was changed since needs an entry, and delivery writes none.
CREATE INDEX mailbox_item_changed ON mailbox_item (mailbox, modseq) WHERE modseq <> created;
-- What EXPUNGE looks for: those with \Deleted.
CREATE INDEX mailbox_item_deleted ON mailbox_item (mailbox, uid) WHERE flags & 4 <> 0;
-- What STORE did to items whose rows do not have it yet (`store/sql/flag-changes.ts`): a range of UIDs to a row, and the flags that are
-- added, taken away or all there are. The next change that reads or takes away items of the mailbox writes it to them first.
CREATE TABLE flag_change (
  mailbox {int} NOT NULL,
  modseq {int} NOT NULL,
  first_uid {int} NOT NULL,
  last_uid {int} NOT NULL,
  -- add, remove or replace
  change TEXT NOT NULL,
  bits {int} NOT NULL,
  PRIMARY KEY (mailbox, modseq, first_uid)
){clustered};
-- What went from a mailbox, for those who were away, and, while it has a message, for its owner to have it back.
CREATE TABLE expunged (
  mailbox {int} NOT NULL,
  modseq {int} NOT NULL,
  uid {int} NOT NULL,
  created {int} NOT NULL,
  at {int} NOT NULL,
  message {int},
  thread {int} NOT NULL,
  flags {int} NOT NULL,
  internal_at {int} NOT NULL,
  size {int} NOT NULL,
  recipient TEXT,
  PRIMARY KEY (mailbox, modseq, uid)
){clustered};
CREATE INDEX expunged_at ON expunged (at);
-- All items of a mailbox in few octets, as they were at a modseq: what changed since is added when it is read.
CREATE TABLE mailbox_pack (
  mailbox {int} PRIMARY KEY,
  modseq {int} NOT NULL,
  bytes {bytes} NOT NULL
);
-- What clients noted about a mailbox; of the mailbox 0, about all of the account's.
CREATE TABLE metadata (
  account {int} NOT NULL,
  mailbox {int} NOT NULL,
  name {key} NOT NULL,
  value {bytes} NOT NULL,
  PRIMARY KEY (account, mailbox, name)
){clustered};
-- What searches learnt of an account's messages (`core/mailbox/sketch.ts`), many to a row; `mailbox`: where they met them.
CREATE TABLE sketch_block (
  account {int} NOT NULL,
  layer {int} NOT NULL,
  mailbox {int} NOT NULL,
  block {int} NOT NULL,
  sketches {int} NOT NULL,
  -- which messages; before what is large, so that it can be read alone
  messages {bytes} NOT NULL,
  bytes {bytes} NOT NULL,
  PRIMARY KEY (account, layer, mailbox, block)
){clustered};
-- How many those are of an account, in all its rows.
CREATE TABLE sketch_count (account {int} PRIMARY KEY, sketches {int} NOT NULL);
-- A folder of another server whose messages come into a mailbox (`relais import imap`), as it was when they last did.
CREATE TABLE import_folder (
  id {int} PRIMARY KEY,
  account {int} NOT NULL,
  -- which server and login
  source {key} NOT NULL,
  -- what it is called there
  name {key} NOT NULL,
  mailbox {int} NOT NULL,
  uid_validity {int} NOT NULL,
  -- the HIGHESTMODSEQ there up to which flags are known; 63 bits, so a text
  modseq TEXT
);
CREATE UNIQUE INDEX import_folder_name ON import_folder (account, source, name);
CREATE INDEX import_folder_mailbox ON import_folder (mailbox);
-- Which message of it became which item. `flags`: those that it had there, so that what changes there is told from what changes here.
CREATE TABLE import_item (
  folder {int} NOT NULL,
  source_uid {int} NOT NULL,
  uid {int} NOT NULL,
  flags TEXT NOT NULL,
  PRIMARY KEY (folder, source_uid)
){clustered};
-- Which thread of an account a message belongs to, by a hash of a Message-ID and the base subject.
CREATE TABLE thread_key (
  account {int} NOT NULL,
  hash {int} NOT NULL,
  thread {int} NOT NULL,
  PRIMARY KEY (account, hash)
){clustered};
