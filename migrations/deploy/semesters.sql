-- Deploy locker-server:semesters to pg
-- requires: lockers
-- requires: operators

BEGIN;

-- A semester that is over.
CREATE TABLE semesters (
    semester_id   serial      PRIMARY KEY,
    name          text        NOT NULL UNIQUE CHECK (btrim(name) <> ''),
    closed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Until then the archive says who had which locker and the closing can be taken back; then the persons go.
    keep_until    timestamptz NOT NULL,
    audit_id      bigint      NOT NULL REFERENCES operator_audit,
    -- The newest row of the ledger that belongs to it.
    last_decision bigint      NOT NULL,
    lockers       int         NOT NULL,
    confirmed     int         NOT NULL,
    assignments   int         NOT NULL,
    students      int         NOT NULL,
    anonymous_since timestamptz
);

-- Its assignments, confirmed and all others. No reference to lockers or students: it outlives them.
CREATE TABLE semester_assignments (
    semester_id     int         NOT NULL REFERENCES semesters ON DELETE CASCADE,
    -- Null for an owner who was written in by hand, without an assignment.
    assignment_id   bigint,
    locker_id       int         NOT NULL,
    location_name   text        NOT NULL,
    -- 학번 and name; after keep_until a pseudonym and null.
    student_id      varchar(20) NOT NULL,
    name            varchar(100),
    state           assignment_state NOT NULL,
    hold_expires_at timestamptz,
    confirmed_at    timestamptz,
    released_at     timestamptz,
    created_at      timestamptz
);
CREATE INDEX idx_semester_assignments ON semester_assignments (semester_id, locker_id);
CREATE INDEX idx_semester_assignments_student ON semester_assignments (student_id);

COMMIT;
