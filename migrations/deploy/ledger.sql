-- Deploy locker-server:ledger to pg
-- requires: lockers

BEGIN;

-- Not an identity column: the number is drawn before the row is written, while the guard is held, because the
-- assignment carries it too. CACHE 1 (the default): with a cache, numbers of two connections would not be in order.
CREATE SEQUENCE locker_decision_seq AS bigint;

-- One append-only row for every decision about a locker, winners and losers. No foreign keys: it must outlive
-- the student, the locker and the assignment it tells of, and TRUNCATE of those must go on working.
CREATE TABLE locker_decisions (
    decision_id   bigint      PRIMARY KEY,
    -- The database's clock at the decision.
    decided_at    timestamptz NOT NULL,
    -- When nginx had the request; null for the sweeper and the operator.
    received_at   timestamptz,
    request_id    text,
    student_id    varchar(20),
    locker_id     int         NOT NULL,
    act           text        NOT NULL CHECK (act IN ('hold', 'confirm', 'release_hold', 'release', 'expire', 'operator')),
    outcome       text        NOT NULL,
    -- Whether the number was drawn under the student's and the locker's advisory locks. Among guarded rows of one
    -- locker the number is the order of decisions. A loser who was turned away without a lock has false here.
    guarded       boolean     NOT NULL,
    assignment_id bigint,
    -- The decision that this one lost to.
    lost_to       bigint
);

CREATE INDEX idx_decisions_student ON locker_decisions (student_id, decision_id);
CREATE INDEX idx_decisions_locker ON locker_decisions (locker_id, decision_id);
-- BRIN: rows come in the order of time, and a report asks for a span of it.
CREATE INDEX idx_decisions_time ON locker_decisions USING brin (decided_at);

COMMIT;
