-- Deploy locker-server:operator_persons to pg
-- requires: operator_ledger
-- requires: roster

BEGIN;

-- As in roster; and a rehearsal's students, whom no council lists, are whom their own rows say. They see nothing but
-- their own cohort's lockers, and a rehearsal is to go the way that real students go.
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
        AND normalize(e.name, NFC) = normalize(p_name, NFC)
     UNION ALL
     SELECT FROM users u
      WHERE u.student_id = p_student_id AND u.cohort IS NOT NULL AND u.phone_number = p_phone_number
        AND normalize(u.name, NFC) = normalize(p_name, NFC);
    IF FOUND THEN
        outcome := 'listed';
        RETURN;
    END IF;
    PERFORM auth_count_failure(p_student_id, p_window_seconds);
    outcome := 'not_listed';
END
$$;

-- As in operator_students; and on the roster too, or the student could not sign in where the roster decides. Whom the
-- council listed as not eligible is not made eligible on the way.
CREATE OR REPLACE FUNCTION operator_student_add(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_outcome text;
    v_reason  text;
BEGIN
    SELECT e.reason INTO v_reason FROM eligible_students e WHERE e.student_id = p_student_id AND NOT e.eligible;
    IF FOUND THEN
        RETURN operator_refusal('roster_ineligible', 'student_id', p_student_id, 'reason', v_reason);
    END IF;
    v_outcome := auth_register(p_student_id, p_name, p_phone_number);
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

-- As in operator_students; and the roster's entry says the same, or the next sign-in would be refused by it.
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
    UPDATE eligible_students SET name = coalesce(normalize(p_name, NFC), name),
                                 phone_number = coalesce(p_phone_number, phone_number)
     WHERE student_id = p_student_id;
    RETURN jsonb_build_object('student_id', p_student_id);
EXCEPTION WHEN unique_violation THEN
    RETURN operator_refusal('phone_number_in_use', 'student_id', p_student_id);
END
$$;

-- Gives rows of the ledger another 학번, within an act, and keeps which they were: the rows of whoever has that 학번
-- besides are not these, and an undo leaves them alone. newest: the ledger's end at that moment; whatever is decided
-- under the new 학번 later is the same person's. Gives how many there were.
CREATE FUNCTION operator_ledger_rename(p_from text, p_to text, p_decisions bigint[]) RETURNS int
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_renamed bigint[];
BEGIN
    WITH renamed AS (
        UPDATE locker_decisions SET student_id = p_to WHERE student_id = p_from AND decision_id = ANY (p_decisions)
        RETURNING decision_id)
    SELECT coalesce(array_agg(decision_id ORDER BY decision_id), '{}') INTO v_renamed FROM renamed;
    INSERT INTO operator_changes (audit_id, relation, before, after)
    SELECT operator_act(), 'locker_decisions', jsonb_build_object('student_id', p_from) || rows, jsonb_build_object('student_id', p_to) || rows
      FROM jsonb_build_object('decision_ids', v_renamed,
                              'newest', coalesce((SELECT max(decision_id) FROM locker_decisions), 0)) rows;
    RETURN cardinality(v_renamed);
END
$$;

-- As in operator_students; and the roster's entry follows, and the ledger's rows are kept by number.
CREATE OR REPLACE FUNCTION operator_student_change_id(p_from text, p_to text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act       bigint := operator_act();
    v_student   users;
    v_listed    eligible_students;
    v_decisions int;
BEGIN
    -- Alone: both names stand for one student meanwhile.
    PERFORM operator_gate();
    IF EXISTS (SELECT FROM users WHERE student_id = p_to) THEN
        RETURN operator_refusal('student_id_exists', 'student_id', p_to);
    END IF;
    UPDATE users SET student_id = p_to WHERE student_id = p_from AND cohort IS NULL RETURNING * INTO v_student;
    IF NOT FOUND THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_from);
    END IF;
    SELECT * INTO v_listed FROM eligible_students e WHERE e.student_id = p_to;
    IF NOT FOUND THEN
        UPDATE eligible_students SET student_id = p_to WHERE student_id = p_from;
    ELSIF normalize(v_listed.name, NFC) = normalize(v_student.name, NFC)
          AND v_listed.phone_number = v_student.phone_number THEN
        -- The council has corrected its list already.
        DELETE FROM eligible_students WHERE student_id = p_from;
    ELSE
        RETURN operator_refusal('roster_names_another', 'student_id', p_to);
    END IF;
    v_decisions := operator_ledger_rename(
        p_from, p_to, (SELECT array_agg(d.decision_id) FROM locker_decisions d WHERE d.student_id = p_from));
    RETURN jsonb_build_object('student_id', p_to, 'from', p_from, 'decisions', v_decisions);
END
$$;

-- Takes a change back as operator_take_back_row (so far operator_take_back) does; and the ledger's rows get their 학번
-- back: those that were renamed then, and those that the student has left since under the name he had meanwhile.
ALTER FUNCTION operator_take_back(operator_changes) RENAME TO operator_take_back_row;
CREATE FUNCTION operator_take_back(p_change operator_changes) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF p_change.relation <> 'locker_decisions' THEN
        RETURN operator_take_back_row(p_change);
    END IF;
    PERFORM operator_ledger_rename(p_change.after ->> 'student_id', p_change.before ->> 'student_id', (
        SELECT array_agg(d.decision_id) FROM locker_decisions d
         WHERE d.student_id = p_change.after ->> 'student_id'
           AND (d.decision_id > (p_change.after ->> 'newest')::bigint
                OR d.decision_id IN (SELECT n::bigint FROM jsonb_array_elements_text(p_change.after -> 'decision_ids') n))));
    RETURN NULL;
END
$$;

-- As in semesters; by the form that a forgotten name has: old servers left 학번 of other lengths.
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
         WHERE decision_id <= v_semester.last_decision AND student_id !~ '^x[0-9a-f]{16}$';
        UPDATE semesters SET anonymous_since = clock_timestamp() WHERE semester_id = v_semester.semester_id;
        v_forgotten := v_forgotten + 1;
    END LOOP;
    RETURN v_forgotten;
END
$$;

-- Whether a 학번 is written down anywhere: an account, the roster, the ledger, an archive, the audit.
CREATE FUNCTION operator_knows(p_student_id text) RETURNS boolean
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
-- archives keep what happened, without saying to whom. Cannot be taken back.
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
    -- Its own row in the audit names nobody.
    IF NOT operator_knows(p_student_id)
       OR EXISTS (SELECT FROM users u WHERE u.student_id = p_student_id AND u.cohort IS NOT NULL) THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
    END IF;

    -- Who he was. His 학번: this one, and back along the changes that stand. One that somebody else has by now is not his.
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
    -- His accounts, by their numbers, which no change of 학번 changes. One that lives under another 학번 is not his.
    SELECT array_agg(s.serial_id) INTO v_serials FROM (
        SELECT u.serial_id FROM users u WHERE u.student_id = p_student_id
        UNION
        SELECT (i.image ->> 'serial_id')::bigint FROM operator_changes c, unnest(ARRAY[c.before, c.after]) i(image)
         WHERE c.relation = 'users' AND i.image ->> 'student_id' = ANY (v_ids)) s
     WHERE NOT EXISTS (SELECT FROM users o WHERE o.serial_id = s.serial_id AND o.student_id <> p_student_id);
    -- Every name and phone that he ever had, as far as anything knows.
    SELECT coalesce(array_agg(DISTINCT w.name) FILTER (WHERE w.name <> ''), '{}'),
           coalesce(array_agg(DISTINCT w.phone) FILTER (WHERE w.phone <> ''), '{}') INTO v_names, v_phones
      FROM (SELECT i.image ->> 'name' AS name, i.image ->> 'phone_number' AS phone
              FROM operator_changes c, unnest(ARRAY[c.before, c.after]) i(image)
             WHERE c.relation = 'users' AND (i.image ->> 'serial_id')::bigint = ANY (v_serials)
                OR c.relation = 'eligible_students' AND i.image ->> 'student_id' = ANY (v_ids)
            UNION ALL SELECT u.name, u.phone_number FROM users u WHERE u.student_id = p_student_id
            UNION ALL SELECT e.name, e.phone_number FROM eligible_students e WHERE e.student_id = p_student_id
            UNION ALL SELECT s.name, NULL FROM semester_assignments s WHERE s.student_id = p_student_id) w;

    -- What he has and where he stands.
    FOR v_locker IN SELECT s.locker_id FROM v_locker_states s WHERE s.student_id = p_student_id LOOP
        PERFORM operator_take(p_student_id, v_locker);
    END LOOP;
    DELETE FROM users WHERE student_id = p_student_id;
    DELETE FROM auth_failures f WHERE f.student_id = ANY (v_ids);
    DELETE FROM eligible_students e
     WHERE e.student_id = p_student_id OR e.student_id = ANY (v_ids) AND e.name = ANY (v_names);
    UPDATE locker_decisions SET student_id = operator_pseudonym(p_student_id, v_salt) WHERE student_id = p_student_id;
    GET DIAGNOSTICS v_ledger = ROW_COUNT;
    UPDATE semester_assignments SET student_id = operator_pseudonym(p_student_id, v_salt), name = NULL
     WHERE student_id = p_student_id OR student_id = ANY (v_ids) AND name = ANY (v_names);
    GET DIAGNOSTICS v_archive = ROW_COUNT;

    -- What the audit keeps: the images of his rows, and in the acts about him the values that are his, whole.
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
    -- The end of a semester can still be taken back, for everybody else; what the ledger says of it is no longer whole.
    UPDATE operator_audit a
       SET not_undoable = CASE WHEN EXISTS (SELECT FROM semesters s WHERE s.audit_id = a.audit_id) THEN a.not_undoable
                               ELSE 'erased' END,
           in_ledger = a.in_ledger AND NOT EXISTS (SELECT FROM semesters s WHERE s.audit_id = a.audit_id),
           arguments = coalesce((SELECT jsonb_object_agg(t.key, CASE WHEN t.value #>> '{}' = ANY (v_ids || v_names || v_phones)
                                                                     THEN '"(삭제됨)"' ELSE t.value END)
                                   FROM jsonb_each(a.arguments) t), '{}')
     WHERE a.audit_id = ANY (v_acts);
    -- A name may be a part of another's: only where he is meant. A longer one first, in which a shorter one may stand.
    FOR v_word IN SELECT w FROM unnest(v_ids || v_names || v_phones) w ORDER BY length(w) DESC LOOP
        UPDATE operator_audit SET reason = replace(reason, v_word, '(삭제됨)')
         WHERE audit_id = ANY (v_acts) AND strpos(reason, v_word) > 0;
    END LOOP;
    -- A number is his wherever it stands.
    FOR v_word IN SELECT w FROM unnest(v_ids || v_phones) w WHERE w ~ '^[0-9]{10,15}$' LOOP
        UPDATE operator_audit SET reason = regexp_replace(reason, '(?<![0-9])' || v_word || '(?![0-9])', '(삭제됨)', 'g')
         WHERE strpos(reason, v_word) > 0;
    END LOOP;
    RETURN jsonb_build_object('erased', 1, 'decisions', v_ledger, 'archived', v_archive);
END
$$;

REVOKE EXECUTE ON FUNCTION
    operator_ledger_rename(text, text, bigint[]), operator_take_back(operator_changes), operator_knows(text)
FROM PUBLIC;

COMMIT;
