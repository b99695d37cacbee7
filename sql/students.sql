-- Students as persons: `lockerctl student add`, `student rename`, `student phone`, `student change-id`,
-- `student erase`.
-- Every granted function needs an open act (operator_begin in audit.sql), answers with one JSON object, and keeps the
-- roster in agreement with the account. Students of a rehearsal (cohort) are not found.
-- Locks: operator_student_change_id and operator_student_erase take the gate alone (5) first. operator_student_correct
-- takes the student's row, then his sessions (3) by the triggers that sign him out. operator_student_add takes neither:
-- the unique columns decide.
-- A refusal is {"error": code, …} (operator_refusal); each function names its codes.
-- operator_semesters_forget (semesters.sql) uses operator_pseudonym.

-- Sets updated_at when a student's row changes, whoever changes it and with whatever statement.
CREATE OR REPLACE FUNCTION users_touch() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER users_touch BEFORE UPDATE ON users
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION users_touch();

-- Adds a student: an account, and an entry on the roster, or he could not sign in where the roster decides
-- (LOCKER_REGISTRATION=roster). An entry that he has already gets this name and phone. Where the council listed him as
-- not eligible, he is refused and not made eligible.
-- Gives {"student_id"}. Refusals: roster_ineligible (with the council's reason), student_id_exists,
-- phone_number_in_use.
CREATE OR REPLACE FUNCTION operator_student_add(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_outcome text;
    v_reason  text;
BEGIN
    PERFORM operator_act();
    SELECT e.reason INTO v_reason FROM eligible_students e WHERE e.student_id = p_student_id AND NOT e.eligible;
    IF FOUND THEN
        RETURN operator_refusal('roster_ineligible', 'student_id', p_student_id, 'reason', v_reason);
    END IF;
    v_outcome := auth_add_student(p_student_id, p_name, p_phone_number);
    IF v_outcome <> 'created' THEN
        RETURN operator_refusal(v_outcome, 'student_id', p_student_id);
    END IF;
    INSERT INTO eligible_students AS e (student_id, name, phone_number, eligible, source_file)
    VALUES (p_student_id, normalize(p_name, NFC), p_phone_number, true, 'student add')
    ON CONFLICT (student_id) DO UPDATE SET name = excluded.name, phone_number = excluded.phone_number
     WHERE (e.name, e.phone_number) IS DISTINCT FROM (excluded.name, excluded.phone_number);
    RETURN jsonb_build_object('student_id', p_student_id);
END
$$;
GRANT EXECUTE ON FUNCTION operator_student_add(text, text, text) TO locker_operator;

-- Corrects a name or a phone (null: stays as it is), in the account and in the roster's entry: otherwise the roster
-- would refuse the next sign-in. The student's sessions end (the trigger users_end_sessions): what they proved is no
-- longer so.
-- Gives {"student_id"}. Refusals: student_not_found, phone_number_in_use.
CREATE OR REPLACE FUNCTION operator_student_correct(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM operator_act();
    UPDATE users SET name = coalesce(normalize(p_name, NFC), name), phone_number = coalesce(p_phone_number, phone_number)
     WHERE student_id = p_student_id AND cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
    END IF;
    UPDATE eligible_students SET name = coalesce(normalize(p_name, NFC), name),
                                 phone_number = coalesce(p_phone_number, phone_number)
     WHERE student_id = p_student_id;
    RETURN jsonb_build_object('student_id', p_student_id);
EXCEPTION WHEN unique_violation THEN
    RETURN operator_refusal('phone_number_in_use', 'student_id', p_student_id);
END
$$;
GRANT EXECUTE ON FUNCTION operator_student_correct(text, text, text) TO locker_operator;

-- Gives a student another 학번. Assignments, locker and sessions follow by their foreign keys, the roster's entry and the
-- ledger here. operator_ledger_rename (ledger.sql) keeps the numbers of the ledger's rows, for an undo. A session stays
-- alive: its refresh token is still good, but its access token carries the old 학번 and is no longer accepted.
-- Gives {"student_id", "from", "decisions": how many rows of the ledger}. Refusals: student_id_exists,
-- student_not_found, roster_names_another (the roster has the new 학번 with another name or phone).
CREATE OR REPLACE FUNCTION operator_student_change_id(p_from text, p_to text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_student   users;
    v_listed    eligible_students;
    v_decisions int;
BEGIN
    PERFORM operator_act();
    -- Alone with the gate: meanwhile both 학번 stand for one student, and locks are taken by 학번.
    PERFORM operator_gate();
    IF EXISTS (SELECT FROM users WHERE student_id = p_to) THEN
        RETURN operator_refusal('student_id_exists', 'student_id', p_to);
    END IF;
    UPDATE users SET student_id = p_to, adopted = false WHERE student_id = p_from AND cohort IS NULL RETURNING * INTO v_student;
    IF NOT FOUND THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_from);
    END IF;
    SELECT * INTO v_listed FROM eligible_students e WHERE e.student_id = p_to;
    IF NOT FOUND THEN
        UPDATE eligible_students SET student_id = p_to WHERE student_id = p_from;
    ELSIF normalize(v_listed.name, NFC) = normalize(v_student.name, NFC)
          AND v_listed.phone_number = v_student.phone_number THEN
        -- The council has corrected the list already: the entry with the old 학번 goes.
        DELETE FROM eligible_students WHERE student_id = p_from;
    ELSE
        RETURN operator_refusal('roster_names_another', 'student_id', p_to);
    END IF;
    v_decisions := operator_ledger_rename(
        p_from, p_to, (SELECT array_agg(d.decision_id) FROM locker_decisions d WHERE d.student_id = p_from));
    RETURN jsonb_build_object('student_id', p_to, 'from', p_from, 'decisions', v_decisions);
END
$$;
GRANT EXECUTE ON FUNCTION operator_student_change_id(text, text) TO locker_operator;

-- A pseudonym for somebody who is to be forgotten: the same for all his rows where the salt is the same. The caller
-- throws the salt away, and then nobody can find the 학번 from it.
CREATE OR REPLACE FUNCTION operator_pseudonym(p_student_id text, p_salt text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT 'x' || left(encode(sha256(convert_to(p_salt || p_student_id, 'UTF8')), 'hex'), 16);
$$;

-- Whether a 학번 is written down anywhere: in an account, the roster, the ledger, an archive, or the audit (images and
-- arguments).
CREATE OR REPLACE FUNCTION operator_knows(p_student_id text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM users u WHERE u.student_id = p_student_id)
        OR EXISTS (SELECT FROM eligible_students e WHERE e.student_id = p_student_id)
        OR EXISTS (SELECT FROM locker_decisions d WHERE d.student_id = p_student_id)
        OR EXISTS (SELECT FROM semester_assignments s WHERE s.student_id = p_student_id)
        OR EXISTS (SELECT FROM operator_changes c WHERE p_student_id IN (
               c.before ->> 'student_id', c.after ->> 'student_id', c.before ->> 'owner', c.after ->> 'owner'))
        OR EXISTS (SELECT FROM operator_audit a
                    WHERE p_student_id IN (a.arguments ->> 'student_id', a.arguments ->> 'to'));
$$;

-- Forgets a person, with an account or without: account, sessions, assignments, roster, images in the audit, and his
-- 학번 (also those that he had before a change-id), name and phone wherever they were written down. The ledger and the
-- archives keep what happened, without saying to whom. Neither this act nor any other that was about him can be taken
-- back (not_undoable: erased), except the end of a semester.
-- Gives {"erased": 1, "decisions", "archived"}: how many rows of the ledger and of the archives have a pseudonym now.
-- Refusal: student_not_found (his 학번 is written down nowhere, or is a rehearsal's).
CREATE OR REPLACE FUNCTION operator_student_erase(p_student_id text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_salt    text := gen_random_uuid()::text;
    v_ids     text[];
    v_serials bigint[];
    v_names   text[];
    v_phones  text[];
    v_images  bigint[];
    v_acts    bigint[];
    v_word    text;
    v_locker  int;
    v_ledger  int;
    v_archive int;
BEGIN
    PERFORM operator_gate();
    -- The audit's row of this very act does not name him: lockerctl passes no arguments. So he is not found there.
    IF NOT operator_knows(p_student_id)
       OR EXISTS (SELECT FROM users u WHERE u.student_id = p_student_id AND u.cohort IS NOT NULL) THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
    END IF;

    -- His 학번: this one, and those that he had before a change-id which was not undone. One that somebody else has by
    -- now is not his.
    WITH RECURSIVE former(student_id) AS (
        SELECT p_student_id
        UNION
        SELECT c.before ->> 'student_id' FROM former f
          JOIN operator_changes c ON c.relation = 'users' AND c.after ->> 'student_id' = f.student_id
          JOIN operator_audit a USING (audit_id)
         WHERE a.undone_by IS NULL AND a.undo_of IS NULL)
    SELECT array_agg(f.student_id) INTO v_ids FROM former f
     WHERE f.student_id = p_student_id
        OR f.student_id IS NOT NULL AND NOT EXISTS (SELECT FROM users u WHERE u.student_id = f.student_id);
    -- The serial_id of his accounts, which stays when the 학번 changes. One that an account with another 학번 has is not
    -- his.
    SELECT array_agg(s.serial_id) INTO v_serials FROM (
        SELECT u.serial_id FROM users u WHERE u.student_id = p_student_id
        UNION
        SELECT (i.image ->> 'serial_id')::bigint FROM operator_changes c, unnest(ARRAY[c.before, c.after]) i(image)
         WHERE c.relation = 'users' AND i.image ->> 'student_id' = ANY (v_ids)) s
     WHERE NOT EXISTS (SELECT FROM users o WHERE o.serial_id = s.serial_id AND o.student_id <> p_student_id);
    -- Every name and phone of his that is written down anywhere.
    SELECT coalesce(array_agg(DISTINCT w.name) FILTER (WHERE w.name <> ''), '{}'),
           coalesce(array_agg(DISTINCT w.phone) FILTER (WHERE w.phone <> ''), '{}') INTO v_names, v_phones
      FROM (SELECT i.image ->> 'name' AS name, i.image ->> 'phone_number' AS phone
              FROM operator_changes c, unnest(ARRAY[c.before, c.after]) i(image)
             WHERE c.relation = 'users' AND (i.image ->> 'serial_id')::bigint = ANY (v_serials)
                OR c.relation = 'eligible_students' AND i.image ->> 'student_id' = ANY (v_ids)
            UNION ALL SELECT u.name, u.phone_number FROM users u WHERE u.student_id = p_student_id
            UNION ALL SELECT e.name, e.phone_number FROM eligible_students e WHERE e.student_id = p_student_id
            UNION ALL SELECT s.name, NULL FROM semester_assignments s WHERE s.student_id = p_student_id) w;

    -- His locker, and the rows about him.
    FOR v_locker IN SELECT s.locker_id FROM v_locker_states s WHERE s.student_id = p_student_id LOOP
        PERFORM operator_take(p_student_id, v_locker);
    END LOOP;
    DELETE FROM users WHERE student_id = p_student_id;
    DELETE FROM auth_failures f WHERE f.student_id = ANY (v_ids);
    DELETE FROM attempt_allowances b WHERE b.student_id = ANY (v_ids);
    DELETE FROM eligible_students e
     WHERE e.student_id = p_student_id OR e.student_id = ANY (v_ids) AND e.name = ANY (v_names);
    UPDATE locker_decisions SET student_id = operator_pseudonym(p_student_id, v_salt) WHERE student_id = p_student_id;
    GET DIAGNOSTICS v_ledger = ROW_COUNT;
    UPDATE semester_assignments SET student_id = operator_pseudonym(p_student_id, v_salt), name = NULL
     WHERE student_id = p_student_id OR student_id = ANY (v_ids) AND name = ANY (v_names);
    GET DIAGNOSTICS v_archive = ROW_COUNT;

    -- The audit: the images of his rows go. In the arguments of acts about him every value that is his is replaced
    -- whole.
    SELECT array_agg(c.change_id), array_agg(DISTINCT c.audit_id) INTO v_images, v_acts FROM operator_changes c
     WHERE ARRAY[c.before ->> 'student_id', c.after ->> 'student_id', c.before ->> 'owner', c.after ->> 'owner'] && v_ids
        OR c.relation = 'users'
           AND ARRAY[(c.before ->> 'serial_id')::bigint, (c.after ->> 'serial_id')::bigint] && v_serials;
    DELETE FROM operator_changes WHERE change_id = ANY (v_images);
    SELECT array_agg(DISTINCT t.audit_id) INTO v_acts FROM (
        SELECT v_act AS audit_id UNION ALL SELECT unnest(v_acts)
        UNION ALL
        SELECT a.audit_id FROM operator_audit a
         WHERE ARRAY[a.arguments ->> 'student_id', a.arguments ->> 'to'] && v_ids) t;
    -- The end of a semester can still be taken back, for all others. But its images and the ledger no longer agree, so
    -- `lockerctl verify` does not compare them (in_ledger).
    UPDATE operator_audit a
       SET not_undoable = CASE WHEN EXISTS (SELECT FROM semesters s WHERE s.audit_id = a.audit_id) THEN a.not_undoable
                               ELSE 'erased' END,
           in_ledger = a.in_ledger AND NOT EXISTS (SELECT FROM semesters s WHERE s.audit_id = a.audit_id),
           arguments = coalesce((SELECT jsonb_object_agg(t.key, CASE WHEN t.value #>> '{}' = ANY (v_ids || v_names || v_phones)
                                                                     THEN '"(삭제됨)"' ELSE t.value END)
                                   FROM jsonb_each(a.arguments) t), '{}')
     WHERE a.audit_id = ANY (v_acts);
    -- His name may be a part of another's: so reasons are changed only in acts about him. Longer words first, since a
    -- shorter one may be a part of a longer one.
    FOR v_word IN SELECT w FROM unnest(v_ids || v_names || v_phones) w ORDER BY length(w) DESC LOOP
        UPDATE operator_audit SET reason = replace(reason, v_word, '(삭제됨)')
         WHERE audit_id = ANY (v_acts) AND strpos(reason, v_word) > 0;
    END LOOP;
    -- A 학번 or a phone means him in the reason of any act.
    FOR v_word IN SELECT w FROM unnest(v_ids || v_phones) w WHERE w ~ '^[0-9]{10,15}$' LOOP
        UPDATE operator_audit SET reason = regexp_replace(reason, '(?<![0-9])' || v_word || '(?![0-9])', '(삭제됨)', 'g')
         WHERE strpos(reason, v_word) > 0;
    END LOOP;
    RETURN jsonb_build_object('erased', 1, 'decisions', v_ledger, 'archived', v_archive);
END
$$;
GRANT EXECUTE ON FUNCTION operator_student_erase(text) TO locker_operator;
