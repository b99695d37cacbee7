-- Revert locker-server:operator_persons from pg

BEGIN;

-- What no earlier undo understands.
DELETE FROM operator_changes WHERE relation = 'locker_decisions';
DROP FUNCTION operator_take_back(operator_changes);
ALTER FUNCTION operator_take_back_row(operator_changes) RENAME TO operator_take_back;

-- As in roster.
CREATE OR REPLACE FUNCTION auth_check_roster(
    p_student_id text, p_name text, p_phone_number text, p_max_failures int, p_window_seconds int,
    OUT outcome text, OUT retry_after int
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM auth_lock(p_student_id);
    retry_after := auth_brake(p_student_id, p_max_failures, p_window_seconds);
    IF retry_after IS NOT NULL THEN
        outcome := 'too_many_attempts';
        RETURN;
    END IF;
    PERFORM FROM eligible_students e
      WHERE e.student_id = p_student_id AND e.eligible AND e.phone_number = p_phone_number
        AND normalize(e.name, NFC) = normalize(p_name, NFC);
    IF FOUND THEN
        outcome := 'listed';
        RETURN;
    END IF;
    PERFORM auth_count_failure(p_student_id, p_window_seconds);
    outcome := 'not_listed';
END
$$;

-- As in operator_students.
CREATE OR REPLACE FUNCTION operator_student_add(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_outcome text := auth_register(p_student_id, p_name, p_phone_number);
BEGIN
    IF v_outcome <> 'created' THEN
        RETURN operator_refusal(v_outcome, 'student_id', p_student_id);
    END IF;
    RETURN jsonb_build_object('student_id', p_student_id);
END
$$;

CREATE OR REPLACE FUNCTION operator_student_correct(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act bigint := operator_act();
BEGIN
    UPDATE users SET name = coalesce(normalize(p_name, NFC), name), phone_number = coalesce(p_phone_number, phone_number)
     WHERE student_id = p_student_id AND cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
    END IF;
    RETURN jsonb_build_object('student_id', p_student_id);
EXCEPTION WHEN unique_violation THEN
    RETURN operator_refusal('phone_number_in_use', 'student_id', p_student_id);
END
$$;

CREATE OR REPLACE FUNCTION operator_student_change_id(p_from text, p_to text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act       bigint := operator_act();
    v_decisions int;
BEGIN
    -- Alone: both names stand for one student meanwhile.
    PERFORM operator_gate();
    IF EXISTS (SELECT FROM users WHERE student_id = p_to) THEN
        RETURN operator_refusal('student_id_exists', 'student_id', p_to);
    END IF;
    UPDATE users SET student_id = p_to WHERE student_id = p_from AND cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_from);
    END IF;
    UPDATE locker_decisions SET student_id = p_to WHERE student_id = p_from;
    GET DIAGNOSTICS v_decisions = ROW_COUNT;
    RETURN jsonb_build_object('student_id', p_to, 'from', p_from, 'decisions', v_decisions);
END
$$;

CREATE OR REPLACE FUNCTION operator_student_erase(p_student_id text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_salt    text := gen_random_uuid()::text;
    v_student users;
    v_locker  int;
    v_words   text[];
    v_word    text;
    v_ledger  int;
BEGIN
    PERFORM operator_gate();
    SELECT * INTO v_student FROM users u WHERE u.student_id = p_student_id AND u.cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
    END IF;
    FOR v_locker IN SELECT s.locker_id FROM v_locker_states s WHERE s.student_id = p_student_id LOOP
        PERFORM operator_take(p_student_id, v_locker);
    END LOOP;
    -- Every name and phone that he ever had, as far as the images know.
    SELECT array_agg(DISTINCT w.word) INTO v_words
      FROM operator_changes c, unnest(ARRAY[c.before, c.after]) image,
           unnest(ARRAY[image ->> 'name', image ->> 'phone_number']) AS w(word)
     WHERE c.relation IN ('users', 'eligible_students') AND image ->> 'student_id' = p_student_id AND w.word <> '';
    v_words := v_words || ARRAY[p_student_id, v_student.name::text, v_student.phone_number::text];
    DELETE FROM users WHERE student_id = p_student_id;
    DELETE FROM auth_failures f WHERE f.student_id = p_student_id;
    DELETE FROM eligible_students e WHERE e.student_id = p_student_id;
    UPDATE locker_decisions SET student_id = operator_pseudonym(p_student_id, v_salt) WHERE student_id = p_student_id;
    GET DIAGNOSTICS v_ledger = ROW_COUNT;
    UPDATE semester_assignments SET student_id = operator_pseudonym(p_student_id, v_salt), name = NULL
     WHERE student_id = p_student_id;

    UPDATE operator_audit SET not_undoable = 'erased'
     WHERE audit_id = v_act
        OR audit_id IN (SELECT c.audit_id FROM operator_changes c
                         WHERE p_student_id IN (c.before ->> 'student_id', c.after ->> 'student_id',
                                                c.before ->> 'owner', c.after ->> 'owner'));
    DELETE FROM operator_changes c
     WHERE p_student_id IN (c.before ->> 'student_id', c.after ->> 'student_id', c.before ->> 'owner', c.after ->> 'owner');
    FOREACH v_word IN ARRAY v_words LOOP
        UPDATE operator_audit SET arguments = replace(arguments::text, v_word, '(삭제됨)')::jsonb,
                                  reason = replace(reason, v_word, '(삭제됨)')
         WHERE strpos(arguments::text, v_word) > 0 OR strpos(reason, v_word) > 0;
    END LOOP;
    RETURN jsonb_build_object('erased', 1, 'decisions', v_ledger);
END
$$;

-- As in semesters.
CREATE OR REPLACE FUNCTION operator_semesters_forget() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_salt      text := gen_random_uuid()::text;
    v_semester  semesters;
    v_forgotten int := 0;
BEGIN
    FOR v_semester IN
        SELECT * FROM semesters WHERE keep_until <= clock_timestamp() AND anonymous_since IS NULL
         ORDER BY semester_id FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE semester_assignments SET student_id = operator_pseudonym(student_id, v_salt), name = NULL
         WHERE semester_id = v_semester.semester_id AND name IS NOT NULL;
        UPDATE locker_decisions SET student_id = operator_pseudonym(student_id, v_salt)
         WHERE decision_id <= v_semester.last_decision AND length(student_id) = 10;
        UPDATE semesters SET anonymous_since = clock_timestamp() WHERE semester_id = v_semester.semester_id;
        v_forgotten := v_forgotten + 1;
    END LOOP;
    RETURN v_forgotten;
END
$$;

DROP FUNCTION operator_ledger_rename(text, text, bigint[]);
DROP FUNCTION operator_knows(text);

COMMIT;
