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
    -- The ledger's row that made this assignment. Not a foreign key: the ledger outlives what it tells of.
    decision_id     bigint           UNIQUE,
    -- A statement typed by hand may leave the last two instants out: a trigger (sql/assignments.sql) fills them in.
    CONSTRAINT hold_expires CHECK (state <> 'hold' OR hold_expires_at IS NOT NULL),
    CONSTRAINT confirmed_once CHECK (state <> 'confirmed' OR confirmed_at IS NOT NULL),
    CONSTRAINT cancelled_once CHECK (state <> 'cancelled' OR released_at IS NOT NULL)
);

-- The second line of defence. The advisory locks decide; these make a double owner impossible even for a
-- statement typed by hand.
CREATE UNIQUE INDEX ux_active_assignment_per_locker ON locker_assignments (locker_id)
    WHERE state IN ('hold', 'confirmed');
CREATE UNIQUE INDEX ux_active_assignment_per_user ON locker_assignments (student_id)
    WHERE state IN ('hold', 'confirmed');
CREATE INDEX idx_assignments_lookup ON locker_assignments (locker_id, state);
-- For the foreign key: without it each deleted student costs a reading of the whole history.
CREATE INDEX idx_assignments_student ON locker_assignments (student_id);
-- For the sweeper: the stale holds without reading the history.
CREATE INDEX idx_assignments_stale ON locker_assignments (hold_expires_at) WHERE state = 'hold';

GRANT SELECT ON locker_locations, locker_info TO locker_app;

COMMIT;
