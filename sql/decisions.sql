-- What a student decides about a locker: hold, confirm, release_hold, release. Called by workers (Reservations.swift), with one
-- act or with several students' acts at once, as one statement that is a transaction of its own.
-- Locks: the gate, shared, before anything is read, so that no operator's act comes between what is read and what is written;
-- then the guard (guard.sql) of each act that would change something: student, locker. With p_waits they are waited for: 1 s
-- for the gate, 0.3 s for each other, rows included. Without it nothing is waited for but the gate: an act whose guard is not
-- free is `busy`, and the worker asks again. So several acts in one transaction cannot wait in a circle.

-- Decides acts, each numbered by its place in the arrays. p_jtis are those of the callers' access tokens. Gives one row each:
--   held                hold: expires_at, seconds_left
--   replayed            hold, confirm: it was so already; of a hold expires_at and seconds_left
--   confirmed           confirm
--   released            release_hold, release
--   application_closed  hold: opens_at, closes_at of the next period, or of the last
--   locker_not_found    hold, confirm
--   already_holding, already_assigned, locker_taken, locker_disabled    hold
--   hold_not_found      confirm, release_hold
--   assignment_not_found    release
--   too_many_requests   a hold, or what would have changed nothing: seconds_left until the next attempt
--   unauthorized        the session has ended, or is another student's: nothing is written
--   busy                only without p_waits: nothing is decided yet
-- location_id and location_name are the locker's where there is one.
--
-- Flat, and by plain look-ups: what costs in PL/pgSQL is the start of a statement, and more of it the more the statement joins.
-- Each act is looked at twice by the same lines: first all of them without a guard, where most callers of a rush lose at once;
-- then each that would change something again under its guard, where the answer is final. One instant, taken after the guard
-- and never before the last decision about the locker and the student, is what predicates, rows and expiry go by.
-- p_burst, p_refill: a student may try so often at once, and so often a second more; null: no limit. What changes something is
-- never turned away for it, but for a hold; what is told "not open yet" counts for nothing, and leaves a row once a second.
CREATE OR REPLACE FUNCTION locker_decide(
    p_acts decision_act[], p_jtis uuid[], p_students text[], p_lockers int[], p_request_ids text[], p_received_at float8[],
    p_hold_seconds int, p_burst int, p_refill real, p_waits boolean
) RETURNS TABLE (
    number int, outcome text, location_id int, location_name text, expires_at timestamptz, seconds_left int,
    opens_at timestamptz, closes_at timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s'
-- Planned once for a connection.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_count     int := cardinality(p_acts);
    v_turn      int := 0;
    v_queue     int[] := '{}'::int[];
    v_guarded   boolean := false;
    v_now       timestamptz;
    -- The act.
    v_act       decision_act;
    v_student   text;
    v_locker    int;
    -- The caller.
    v_cohort    text;
    v_left      real;
    v_left_at   timestamptz;
    -- What he has already.
    v_mine      bigint;
    v_my_locker int;
    v_my_state  assignment_state;
    v_my_expiry timestamptz;
    v_my_made   bigint;
    v_my_own    int;
    -- The locker, and who has it.
    v_owner     text;
    v_disabled  timestamptz;
    v_exists    boolean;
    v_theirs    bigint;
    v_holder    text;
    v_state     assignment_state;
    v_expiry    timestamptz;
    v_made      bigint;
    -- The period of v_period_of.
    v_period    text;
    v_period_of text;
    v_opens_at  timestamptz;
    v_closes_at timestamptz;
    -- The answer.
    v_outcome   text;
    v_writes    boolean;
    v_assigned  bigint;
    v_decision  bigint;
    v_lost_to   bigint;
    v_stale     bigint[];
    v_expired   record;
    v_early     text[] := '{}'::text[];
    v_tried     text[] := '{}'::text[];
    v_rows      locker_decisions[] := '{}'::locker_decisions[];
    v_promises  boolean := false;
BEGIN
    IF p_acts && '{expire,operator}' THEN
        RAISE EXCEPTION 'not a student''s act' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(5, 0);
    v_now := clock_timestamp();
    LOOP
        -- 1. Whose turn it is.
        v_turn := v_turn + 1;
        IF v_turn > v_count THEN
            EXIT WHEN v_guarded OR v_queue = '{}';
            v_guarded := true;
            v_turn := 1;
            v_count := cardinality(v_queue);
            IF p_waits THEN
                PERFORM set_config('lock_timeout', '300ms', true);
            END IF;
        END IF;
        number := CASE WHEN v_guarded THEN v_queue[v_turn] ELSE v_turn END;
        v_act := p_acts[number];
        v_student := p_students[number];
        v_locker := p_lockers[number];
        location_id := NULL;
        location_name := NULL;
        expires_at := NULL;
        seconds_left := NULL;
        opens_at := NULL;
        closes_at := NULL;
        IF v_guarded THEN
            IF NOT locker_guard(v_student, v_locker, p_waits) THEN
                outcome := 'busy';
                RETURN NEXT;
                CONTINUE;
            END IF;
            v_now := locker_now(v_student, v_locker);
        END IF;
        v_outcome := NULL;
        v_lost_to := NULL;
        v_assigned := NULL;
        v_decision := NULL;
        v_writes := true;

        -- 2. The look. A locker of another cohort does not exist for this student.
        SELECT u.cohort, b.left_over, b.at INTO v_cohort, v_left, v_left_at
          FROM auth_sessions s
          JOIN users u ON u.student_id = v_student
          LEFT JOIN attempt_allowances b ON b.student_id = v_student
         WHERE s.access_jti = p_jtis[number] AND s.student_id = v_student AND s.expires_at > v_now;
        IF NOT FOUND THEN
            outcome := 'unauthorized';
            RETURN NEXT;
            CONTINUE;
        END IF;
        SELECT a.assignment_id, a.locker_id, a.state, a.hold_expires_at, a.decision_id
          INTO v_mine, v_my_locker, v_my_state, v_my_expiry, v_my_made
          FROM locker_assignments a WHERE a.student_id = v_student AND a.state IN ('hold', 'confirmed');
        SELECT true, l.owner, l.disabled_at, p.location_id, p.name, a.assignment_id, a.student_id, a.state, a.hold_expires_at,
               a.decision_id
          INTO v_exists, v_owner, v_disabled, location_id, location_name, v_theirs, v_holder, v_state, v_expiry, v_made
          FROM locker_info l
          JOIN locker_locations p ON p.location_id = l.location_id
          LEFT JOIN locker_assignments a ON a.locker_id = v_locker AND a.state IN ('hold', 'confirmed')
         WHERE l.locker_id = v_locker AND p.cohort IS NOT DISTINCT FROM v_cohort;

        -- 3. What stands in the way; null: nothing.
        IF v_act = 'hold' THEN
            IF v_my_state = 'hold' AND v_my_locker = v_locker AND v_my_expiry > v_now THEN
                v_outcome := 'replayed';
                v_lost_to := v_my_made;
                expires_at := v_my_expiry;
            ELSE
                -- Asked once for all: no operator changes it while we have the gate.
                IF v_period IS NULL OR v_period_of IS DISTINCT FROM v_cohort
                   OR v_now >= (CASE v_period WHEN 'upcoming' THEN v_opens_at WHEN 'open' THEN v_closes_at END) THEN
                    v_period_of := v_cohort;
                    SELECT p.state, p.opens_at, p.closes_at INTO v_period, v_opens_at, v_closes_at
                      FROM application_period_at(v_now, v_cohort) p;
                END IF;
                IF v_period IS DISTINCT FROM 'open' THEN
                    v_outcome := 'application_closed';
                    opens_at := v_opens_at;
                    closes_at := v_closes_at;
                ELSIF v_exists IS NULL THEN
                    v_outcome := 'locker_not_found';
                ELSIF v_my_state = 'hold' AND v_my_expiry > v_now THEN
                    v_outcome := 'already_holding';
                    v_lost_to := v_my_made;
                ELSIF v_my_state = 'confirmed' THEN
                    v_outcome := 'already_assigned';
                    v_lost_to := v_my_made;
                -- (His own, where another press of his came between the two statements above: that is said under the guard.)
                ELSIF v_owner <> v_student OR v_holder <> v_student AND (v_state = 'confirmed' OR v_expiry > v_now) THEN
                    v_outcome := 'locker_taken';
                    v_lost_to := CASE WHEN v_state = 'confirmed' OR v_expiry > v_now THEN v_made END;
                ELSIF v_disabled IS NOT NULL AND v_owner IS NULL THEN
                    v_outcome := 'locker_disabled';
                ELSIF v_guarded THEN
                    -- An owner who was written in by hand.
                    PERFORM FROM locker_info l WHERE l.owner = v_student;
                    IF FOUND THEN
                        v_outcome := 'already_assigned';
                    END IF;
                END IF;
            END IF;
        ELSE
            IF v_my_locker = v_locker THEN
                v_assigned := v_mine;
            END IF;
            IF v_act = 'confirm' AND v_exists IS NULL THEN
                v_outcome := 'locker_not_found';
            ELSIF v_act IN ('confirm', 'release_hold') AND v_my_locker = v_locker AND v_my_state = 'hold'
                  -- Whether it has run out is said under the guard alone, where it ends.
                  AND (NOT v_guarded OR v_my_expiry > v_now) THEN
                IF v_act = 'confirm' AND v_guarded THEN
                    -- An owner written by hand keeps the locker, and a student given another by hand keeps that one.
                    SELECT l.locker_id INTO v_my_own FROM locker_info l WHERE l.owner = v_student;
                    IF v_owner <> v_student OR v_my_own <> v_locker THEN
                        v_outcome := 'hold_not_found';
                    END IF;
                END IF;
            ELSIF v_my_locker = v_locker AND v_my_state = 'confirmed' OR v_owner = v_student THEN
                v_outcome := CASE v_act WHEN 'confirm' THEN 'replayed' WHEN 'release_hold' THEN 'hold_not_found' END;
            ELSE
                v_outcome := CASE v_act WHEN 'release' THEN 'assignment_not_found' ELSE 'hold_not_found' END;
            END IF;
        END IF;

        -- 4. How often he may try. A yes that is told again is a yes, and leaves no further row then. (A clock that was set
        -- back by more than a moment fills the allowance.)
        IF p_burst IS NOT NULL AND (v_outcome IS NOT NULL OR v_act = 'hold') THEN
            v_left := CASE WHEN v_left_at <= v_now + interval '1 second'
                           THEN least(p_burst, v_left + p_refill * greatest(0, extract(epoch FROM v_now - v_left_at))::real)
                           ELSE p_burst END - cardinality(array_positions(v_tried, v_student));
            IF v_left < 1 AND v_outcome = 'replayed' THEN
                v_writes := false;
            ELSIF v_left < 1 AND v_outcome IS DISTINCT FROM 'application_closed' THEN
                v_writes := false;
                v_outcome := 'too_many_requests';
                seconds_left := ceil((1 - v_left) / p_refill);
            END IF;
        END IF;

        -- 5. The rows; or first the guard.
        IF v_outcome IS NULL AND NOT v_guarded THEN
            v_queue := v_queue || number;
            CONTINUE;
        END IF;
        IF v_guarded AND (v_outcome IS NULL AND v_act = 'hold' OR v_outcome = 'hold_not_found') THEN
            -- Holds in the way that ran out end as such.
            v_stale := '{}'::bigint[];
            IF v_my_state = 'hold' AND v_my_expiry <= v_now THEN
                v_stale := ARRAY[v_mine];
            END IF;
            IF v_outcome IS NULL AND v_state = 'hold' AND v_theirs IS DISTINCT FROM v_mine THEN
                v_stale := v_stale || v_theirs;
            END IF;
            IF v_stale <> '{}' THEN
                -- Whoever has the guard of another locker and another student may want the same rows: in one order, or not at
                -- all.
                IF p_waits THEN
                    PERFORM FROM locker_assignments a
                      WHERE a.assignment_id = ANY (v_stale) ORDER BY a.assignment_id FOR UPDATE;
                ELSIF (SELECT count(*) FROM (SELECT FROM locker_assignments a
                        WHERE a.assignment_id = ANY (v_stale) FOR UPDATE SKIP LOCKED) got) < cardinality(v_stale) THEN
                    outcome := 'busy';
                    location_id := NULL;
                    location_name := NULL;
                    RETURN NEXT;
                    CONTINUE;
                END IF;
                FOR v_expired IN SELECT * FROM locker_free(v_stale, 'expired', v_now) LOOP
                    v_rows := v_rows || ROW(nextval('locker_decision_seq'), v_now, to_timestamp(p_received_at[number]),
                        p_request_ids[number], v_expired.student_id, v_expired.locker_id, 'expire', 'expired', true,
                        v_expired.assignment_id, NULL, NULL)::locker_decisions;
                END LOOP;
            END IF;
        END IF;
        IF v_outcome IS NULL THEN
            v_decision := nextval('locker_decision_seq');
            IF v_act = 'hold' THEN
                v_outcome := 'held';
                expires_at := v_now + make_interval(secs => p_hold_seconds);
                v_assigned := nextval('locker_assignments_assignment_id_seq');
                INSERT INTO locker_assignments (assignment_id, locker_id, student_id, state, hold_expires_at, created_at,
                                                decided_at, decision_id)
                VALUES (v_assigned, v_locker, v_student, 'hold', expires_at, v_now, v_now, v_decision);
            ELSIF v_act = 'confirm' THEN
                v_outcome := 'confirmed';
                UPDATE locker_assignments a SET state = 'confirmed', confirmed_at = v_now, decided_at = v_now
                 WHERE a.assignment_id = v_assigned;
                UPDATE locker_info l SET owner = v_student WHERE l.locker_id = v_locker;
            ELSE
                v_outcome := 'released';
                PERFORM locker_free(ARRAY[v_assigned], 'cancelled', v_now, v_locker, CASE WHEN v_act = 'release' THEN v_student END);
            END IF;
        END IF;
        IF v_outcome = 'application_closed' THEN
            v_writes := v_student <> ALL (v_early) AND NOT EXISTS (
                SELECT FROM (SELECT d.outcome, d.decided_at FROM locker_decisions d
                              WHERE d.student_id = v_student ORDER BY d.decision_id DESC LIMIT 1) last
                 WHERE last.outcome = 'application_closed' AND last.decided_at > v_now - interval '1 second');
            v_early := v_early || v_student;
        ELSIF v_writes AND p_burst IS NOT NULL THEN
            v_tried := v_tried || v_student;
        END IF;
        IF v_writes THEN
            v_rows := v_rows || ROW(coalesce(v_decision, nextval('locker_decision_seq')), v_now,
                to_timestamp(p_received_at[number]), p_request_ids[number], v_student, v_locker, v_act, v_outcome, v_guarded,
                v_assigned, v_lost_to, NULL)::locker_decisions;
        END IF;
        IF expires_at IS NOT NULL THEN
            seconds_left := ceil(extract(epoch FROM expires_at - v_now));
        END IF;
        v_promises := v_promises OR v_outcome IN ('held', 'replayed', 'confirmed', 'released');
        outcome := v_outcome;
        RETURN NEXT;
    END LOOP;

    -- 6. The ledger, and what is left of the allowances.
    IF v_rows <> '{}' THEN
        INSERT INTO locker_decisions SELECT * FROM unnest(v_rows);
    END IF;
    IF v_tried <> '{}' THEN
        INSERT INTO attempt_allowances AS b (student_id, left_over, at)
        SELECT t.student_id, greatest(0, p_burst - count(*)), v_now FROM unnest(v_tried) t (student_id)
         GROUP BY t.student_id ORDER BY t.student_id
        ON CONFLICT (student_id) DO UPDATE
           SET left_over = greatest(0, excluded.left_over - p_burst + CASE
                   WHEN b.at > v_now + interval '1 second' THEN p_burst
                   ELSE least(p_burst, b.left_over + p_refill * greatest(0, extract(epoch FROM v_now - b.at))::real) END),
               at = v_now;
    END IF;
    -- A yes is on the disk, and with the standby, before it is told, also when it is told again: its own commit waits for all
    -- that came before it. A no waits for nothing.
    IF NOT v_promises THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    ELSE
        PERFORM set_config('synchronous_commit', 'on', true);
        IF v_rows = '{}' THEN
            PERFORM pg_logical_emit_message(true, 'locker', 'told again');
        END IF;
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION locker_decide(
    decision_act[], uuid[], text[], int[], text[], float8[], int, int, real, boolean) TO locker_app;
