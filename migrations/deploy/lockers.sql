-- Deploy locker-server:lockers to pg
-- requires: students

BEGIN;

CREATE TABLE locker_locations (
    location_id serial PRIMARY KEY,
    name        text   NOT NULL UNIQUE,
    -- As in users: null for a real place, else the rehearsal whose students alone see its lockers.
    cohort      text   CHECK (cohort <> '')
);

CREATE TABLE locker_info (
    locker_id   int         PRIMARY KEY CHECK (locker_id > 0),
    -- The student of the confirmed assignment, null when there is none. A deleted student leaves a free locker.
    owner       varchar(20) UNIQUE REFERENCES users (student_id) ON UPDATE CASCADE ON DELETE SET NULL,
    location_id int         NOT NULL REFERENCES locker_locations (location_id),
    -- Since when the locker is out of service (broken, sealed), null when it can be used.
    disabled_at timestamptz,
    -- Why it is out of service: since then no list has it, or (null) it is broken. Only the first comes back by itself
    -- with a list that has it again.
    unlisted_at timestamptz,
    CONSTRAINT unlisted_is_disabled CHECK (unlisted_at IS NULL OR disabled_at IS NOT NULL)
);

CREATE TYPE assignment_state AS ENUM ('hold', 'confirmed', 'cancelled', 'expired');

CREATE TABLE locker_assignments (
    assignment_id   bigserial        PRIMARY KEY,
    locker_id       int              NOT NULL REFERENCES locker_info (locker_id),
    student_id      varchar(20)      NOT NULL REFERENCES users (student_id) ON UPDATE CASCADE ON DELETE CASCADE,
    state           assignment_state NOT NULL,
    hold_expires_at timestamptz,
    confirmed_at    timestamptz,
    released_at     timestamptz,
    created_at      timestamptz      NOT NULL DEFAULT clock_timestamp(),
    -- The instant of the last decision about it: what is decided later of this locker or this student is never dated before
    -- it, whatever the clock says.
    decided_at      timestamptz      NOT NULL DEFAULT clock_timestamp(),
    -- The ledger's row that made this assignment. Not a foreign key: the ledger outlives what it tells of.
    decision_id     bigint           UNIQUE,
    -- Each state says since when. A statement typed by hand may leave the last two instants out: a trigger
    -- (sql/assignments.sql) fills them in.
    CONSTRAINT state_has_its_instant CHECK (CASE state WHEN 'hold' THEN hold_expires_at IS NOT NULL
        WHEN 'confirmed' THEN confirmed_at IS NOT NULL WHEN 'cancelled' THEN released_at IS NOT NULL ELSE true END)
);

-- The second line of defence. The advisory locks decide; these make a double owner impossible even for a
-- statement typed by hand. The sweeper finds stale holds by the first: of the active ones there are as many as lockers.
CREATE UNIQUE INDEX ux_active_assignment_per_locker ON locker_assignments (locker_id)
    WHERE state IN ('hold', 'confirmed');
CREATE UNIQUE INDEX ux_active_assignment_per_user ON locker_assignments (student_id)
    WHERE state IN ('hold', 'confirmed');
-- The last decision about a locker, and about a student; and the foreign keys, which would read the whole history.
CREATE INDEX idx_assignments_locker ON locker_assignments (locker_id, decided_at);
CREATE INDEX idx_assignments_student ON locker_assignments (student_id, decided_at);

-- How often a student may still try: a bucket that a decision takes one from, and that time fills up again. No row: it is
-- full. Not logged, since a crash may well forget it; and without a reference to students, whom it need not outlive.
CREATE UNLOGGED TABLE attempt_allowances (
    student_id varchar(20) PRIMARY KEY,
    -- What was left at that instant, never below 0.
    left_over  real        NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX idx_allowances_at ON attempt_allowances (at);

GRANT SELECT ON locker_locations, locker_info TO locker_app;

COMMIT;
