-- Verify locker-server:lockers on pg

BEGIN;

SELECT location_id, name, cohort FROM locker_locations WHERE false;
SELECT locker_id, owner, location_id FROM locker_info WHERE false;
SELECT assignment_id, locker_id, student_id, state, hold_expires_at, confirmed_at, released_at, created_at, decision_id
  FROM locker_assignments WHERE false;
SELECT 'ux_active_assignment_per_locker'::regclass, 'ux_active_assignment_per_user'::regclass,
       'idx_assignments_lookup'::regclass;
SELECT remaining FROM v_overall_locker_info;
SELECT locker_id, state, student_id, cohort FROM v_locker_states WHERE false;

ROLLBACK;
