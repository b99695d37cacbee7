-- THE predicate: an assignment counts from the moment it is made until it is released or its hold runs out.
-- The list, the hold and every figure read this view or the next, so that they can never disagree.
-- clock_timestamp() and not now(): a decision that waited for a lock must not judge by the time it began to wait.
CREATE OR REPLACE VIEW v_active_assignments AS
SELECT a.assignment_id, a.locker_id, a.student_id, a.state, a.hold_expires_at, a.confirmed_at, a.decision_id
  FROM locker_assignments a
 WHERE a.state IN ('hold', 'confirmed')
   AND (a.state = 'confirmed' OR a.hold_expires_at > clock_timestamp());
GRANT SELECT ON v_active_assignments TO locker_app, locker_operator;

-- Every locker as the API shows it. state: available | held | confirmed | disabled. An owner without an assignment (a
-- statement typed by hand) is a confirmed locker too: nobody may take it. Who has a locker that breaks keeps it until
-- the council moves him: disabled is only what nobody has.
CREATE OR REPLACE VIEW v_locker_states AS
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
GRANT SELECT ON v_locker_states TO locker_app, locker_operator;

CREATE OR REPLACE VIEW v_overall_locker_info AS
SELECT count(*) FILTER (WHERE s.state = 'available') AS remaining,
       count(*) FILTER (WHERE s.state = 'held')      AS held,
       count(*) FILTER (WHERE s.state = 'confirmed') AS confirmed,
       count(*)                                      AS total
  FROM v_locker_states s
 -- The real ones: a rehearsal's are nobody's business.
 WHERE s.cohort IS NULL;
GRANT SELECT ON v_overall_locker_info TO locker_app, locker_operator;

-- Fills in when an assignment was confirmed or given back where a statement typed by hand left it out (the old server's
-- snippets do). The condition costs every other statement a fraction of a microsecond.
CREATE OR REPLACE FUNCTION locker_assignments_instants() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_at timestamptz := CASE WHEN TG_OP = 'INSERT' THEN NEW.created_at ELSE clock_timestamp() END;
BEGIN
    IF NEW.state = 'confirmed' THEN
        NEW.confirmed_at := coalesce(NEW.confirmed_at, v_at);
    ELSE
        NEW.released_at := coalesce(NEW.released_at, v_at);
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER locker_assignments_instants BEFORE INSERT OR UPDATE ON locker_assignments FOR EACH ROW
    WHEN (NEW.state = 'confirmed' AND NEW.confirmed_at IS NULL OR NEW.state = 'cancelled' AND NEW.released_at IS NULL)
    EXECUTE FUNCTION locker_assignments_instants();
