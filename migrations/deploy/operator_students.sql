-- Deploy locker-server:operator_students to pg
-- requires: operator_assignments
-- requires: roster
-- requires: semesters

BEGIN;

CREATE FUNCTION operator_student_add(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb
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

-- Corrects a name or a phone (null: stays). The student's sessions end: what they proved is no longer so.
CREATE FUNCTION operator_student_correct(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb
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

-- Gives a student another 학번: assignments, locker and sessions follow by their foreign keys, the ledger here. (The
-- sessions end, since an access token carries the old 학번: the student signs in once more.)
CREATE FUNCTION operator_student_change_id(p_from text, p_to text) RETURNS jsonb
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

-- Makes the roster a list of {"student_id", "name", "phone_number", "eligible", "reason"}; who is not on it goes.
CREATE FUNCTION operator_roster_import(p_entries jsonb, p_source text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_new     int;
    v_changed int;
    v_gone    int;
BEGIN
    -- One import at a time.
    LOCK TABLE eligible_students IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM eligible_students e
     WHERE NOT EXISTS (SELECT FROM jsonb_to_recordset(p_entries) AS w(student_id text) WHERE w.student_id = e.student_id);
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    UPDATE eligible_students e
       SET name = w.name, phone_number = w.phone_number, eligible = w.eligible, reason = w.reason,
           source_file = p_source, imported_at = clock_timestamp()
      FROM jsonb_to_recordset(p_entries) AS w(student_id text, name text, phone_number text, eligible boolean, reason text)
     WHERE w.student_id = e.student_id
       AND (e.name, e.phone_number, e.eligible, e.reason) IS DISTINCT FROM (w.name, w.phone_number, w.eligible, w.reason);
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    INSERT INTO eligible_students (student_id, name, phone_number, eligible, reason, source_file)
    SELECT w.student_id, w.name, w.phone_number, w.eligible, w.reason, p_source
      FROM jsonb_to_recordset(p_entries) AS w(student_id text, name text, phone_number text, eligible boolean, reason text)
    ON CONFLICT (student_id) DO NOTHING;
    GET DIAGNOSTICS v_new = ROW_COUNT;
    RETURN jsonb_build_object('new', v_new, 'changed', v_changed, 'gone', v_gone,
                              'total', (SELECT count(*) FROM eligible_students));
END
$$;

CREATE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON eligible_students FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();

-- A name for somebody who is to be forgotten: the same for all his rows, and with p_salt thrown away nobody can go
-- back from it.
CREATE FUNCTION operator_pseudonym(p_student_id text, p_salt text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT 'x' || left(encode(sha256(convert_to(p_salt || p_student_id, 'UTF8')), 'hex'), 16);
$$;

-- Forgets a person: account, sessions, assignments, images in the audit, and his 학번, name and phone wherever they
-- were written down. The ledger and the archives keep what happened, without saying to whom. Cannot be taken back.
CREATE FUNCTION operator_student_erase(p_student_id text) RETURNS jsonb
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

COMMIT;
