-- Deploy locker-server:ledger to pg
-- requires: schema

BEGIN;

-- Lists as types and not as CHECKs: PostgreSQL reads a CHECK of a table from its text for every statement that writes it.
CREATE TYPE decision_act AS ENUM ('hold', 'confirm', 'release_hold', 'release', 'expire', 'operator');
CREATE TYPE decision_outcome AS ENUM (
    -- hold
    'held', 'replayed', 'application_closed', 'locker_not_found', 'already_holding', 'already_assigned', 'locker_taken',
    'locker_disabled',
    -- confirm ('replayed' and 'locker_not_found' too)
    'confirmed', 'hold_not_found',
    -- release_hold ('hold_not_found' too), release
    'released', 'assignment_not_found',
    -- expire
    'expired',
    -- operator ('released' too)
    'assigned', 'disabled', 'enabled', 'removed'
);

-- Not an identity column: the number is drawn before the row is written, while the guard is held, because the
-- assignment carries it too. CACHE 1 (the default): with a cache, numbers of two connections would not be in order.
CREATE SEQUENCE locker_decision_seq AS bigint;

-- One append-only row for every decision about a locker, winners and losers. No foreign keys: it must outlive
-- the student, the locker and the assignment it tells of, and TRUNCATE of those must go on working.
CREATE TABLE locker_decisions (
    decision_id   bigint           PRIMARY KEY,
    -- The database's clock at the decision.
    decided_at    timestamptz      NOT NULL,
    -- When nginx had the request; null for the sweeper and the operator.
    received_at   timestamptz,
    request_id    text,
    student_id    varchar(20),
    locker_id     int              NOT NULL,
    act           decision_act     NOT NULL,
    outcome       decision_outcome NOT NULL,
    -- Whether the number was drawn under the student's and the locker's advisory locks. Among guarded rows of one
    -- locker the number is the order of decisions. A loser who was turned away without a lock has false here.
    guarded       boolean          NOT NULL,
    assignment_id bigint,
    -- The decision that this one lost to.
    lost_to       bigint,
    -- The operator's act that a row belongs to, so that `lockerctl verify` can hold the ledger, the owners and the
    -- assignments against each other after each act. Null for what students decide.
    audit_id      bigint
);
CREATE INDEX idx_decisions_student ON locker_decisions (student_id, decision_id);
-- BRIN: rows come in the order of time, and a report asks for a span of it.
CREATE INDEX idx_decisions_time ON locker_decisions USING brin (decided_at);

-- Read by the workers, and written only inside the functions of sql/: not even a worker can forge, change or delete what
-- was decided.
GRANT SELECT ON locker_decisions TO locker_app;

COMMIT;
