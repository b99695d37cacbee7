-- Deploy locker-server:lockers to pg
-- requires: students

BEGIN;

CREATE TYPE assignment_state AS ENUM ('hold', 'confirmed', 'cancelled', 'expired');

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
    disabled_at timestamptz
);

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
    decision_id     bigint,
    CHECK (state <> 'hold' OR hold_expires_at IS NOT NULL)
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

-- THE predicate: an assignment counts from the moment it is made until it is released or its hold runs out.
-- The list, the hold and every figure read this view or the next, so that they can never disagree.
-- clock_timestamp() and not now(): a decision that waited for a lock must not judge by the time it began to wait.
CREATE VIEW v_active_assignments AS
SELECT a.assignment_id, a.locker_id, a.student_id, a.state, a.hold_expires_at, a.confirmed_at, a.decision_id
  FROM locker_assignments a
 WHERE a.state IN ('hold', 'confirmed')
   AND (a.state = 'confirmed' OR a.hold_expires_at > clock_timestamp());

-- Every locker as the API shows it. state: available | held | confirmed | disabled. An owner without an assignment (a
-- statement typed by hand) is a confirmed locker too: nobody may take it. Who has a locker that breaks keeps it until
-- the council moves him: disabled is only what nobody has.
CREATE VIEW v_locker_states AS
SELECT l.locker_id, l.location_id, p.name AS location_name,
       CASE WHEN a.state = 'confirmed' OR l.owner IS NOT NULL THEN 'confirmed'
            WHEN a.state = 'hold' THEN 'held'
            WHEN l.disabled_at IS NOT NULL THEN 'disabled'
            ELSE 'available' END AS state,
       coalesce(l.owner, a.student_id) AS student_id,
       a.hold_expires_at, a.decision_id, p.cohort
  FROM locker_info l
  JOIN locker_locations p ON p.location_id = l.location_id
  LEFT JOIN v_active_assignments a ON a.locker_id = l.locker_id;

CREATE VIEW v_overall_locker_info AS
SELECT count(*) FILTER (WHERE s.state = 'available') AS remaining,
       count(*) FILTER (WHERE s.state = 'held')      AS held,
       count(*) FILTER (WHERE s.state = 'confirmed') AS confirmed,
       count(*)                                      AS total
  FROM v_locker_states s
 -- The real ones: a rehearsal's are nobody's business.
 WHERE s.cohort IS NULL;

COMMIT;
