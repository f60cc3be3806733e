-- What STORE did to items whose rows do not have it yet (`store/sql/flag-changes.ts`): a range of UIDs to a row. `change`: add, remove
-- or replace, by these bits. The rows of the items are behind until something else is done to their mailbox.
CREATE TABLE flag_change (
  mailbox {int} NOT NULL,
  modseq {int} NOT NULL,
  first_uid {int} NOT NULL,
  last_uid {int} NOT NULL,
  change TEXT NOT NULL,
  bits {int} NOT NULL,
  PRIMARY KEY (mailbox, modseq, first_uid)
){clustered};
-- how many of them it has
ALTER TABLE mailbox ADD COLUMN flag_changes {int} NOT NULL DEFAULT 0;
