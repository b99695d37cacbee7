-- Deploy locker-server:operators to pg
-- requires: schema

BEGIN;

-- One row for every change that an operator made. It is written in the transaction of the change itself: no change
-- without its row, no row without its change.
CREATE TABLE operator_audit (
    audit_id       bigserial   PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Who: the account on the machine where the command ran, and the database's role.
    os_user        text        NOT NULL CHECK (os_user <> ''),
    db_role        text        NOT NULL DEFAULT session_user,
    command        text        NOT NULL CHECK (command <> ''),
    -- What the command was asked, as it decided by it.
    arguments      jsonb       NOT NULL DEFAULT '{}',
    reason         text        NOT NULL CHECK (btrim(reason) <> ''),
    undo_of        bigint      REFERENCES operator_audit,
    undone_by      bigint      REFERENCES operator_audit,
    -- Why it can never be taken back (erased: a person was forgotten; expired: the images' time is over), else null.
    not_undoable   text        CHECK (not_undoable IN ('erased', 'expired')),
    -- The rows before and after hold names and phones: they are forgotten then.
    images_until   timestamptz NOT NULL DEFAULT clock_timestamp() + interval '180 days',
    -- The transaction that the row belongs to: nothing can be added to an act that is over.
    transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id(),
    -- Whether the ledger's rows can be held against this act (`lockerctl verify`): no longer once whom they are about was
    -- forgotten.
    in_ledger      boolean     NOT NULL DEFAULT true
);

-- Every row that an act changed, as it was before and after; null where it was not there.
CREATE TABLE operator_changes (
    change_id bigserial PRIMARY KEY,
    audit_id  bigint    NOT NULL REFERENCES operator_audit ON DELETE CASCADE,
    relation  text      NOT NULL,
    before    jsonb,
    after     jsonb,
    CHECK (before IS NOT NULL OR after IS NOT NULL)
);
CREATE INDEX idx_operator_changes_audit ON operator_changes (audit_id, change_id);

COMMIT;
