internal import Postgres

extension Act {
    public static func disable(locker: Int, _ disabled: Bool) -> Act {
        Act(
            disabled ? "locker disable" : "locker enable", [("locker_id", String(locker))],
            call: "operator_locker_disable($1::int, $2::boolean)", [.int(locker), .bool(disabled)], destroys: false)
    }

    /// Makes the lockers those of a list.
    public static func importLockers(_ lockers: [(id: Int, location: String)], source: String) -> Act {
        let list = lockers.map { "{\"locker_id\":\($0.id),\"location\":\(JSONText.string($0.location))}" }
        return Act(
            "locker import", [("file", source), ("lockers", String(lockers.count))],
            call: "operator_lockers_import($1::text::jsonb)", [.text("[" + list.joined(separator: ",") + "]")],
            refreshesPlans: true)
    }

    public static func addLocation(_ name: String) -> Act {
        Act("location add", [("name", name)], call: "operator_location_add($1::text)", [.text(name)])
    }
    public static func renameLocation(_ id: Int, to name: String) -> Act {
        Act(
            "location rename", [("location_id", String(id)), ("name", name)],
            call: "operator_location_rename($1::int, $2::text)", [.int(id), .text(name)])
    }
    public static func removeLocation(_ id: Int) -> Act {
        Act(
            "location remove", [("location_id", String(id))], call: "operator_location_remove($1::int)", [.int(id)])
    }
}

extension Report {
    /// Every locker, of one place or of all, in one state or in all.
    public static func lockers(location: Int?, state: String?) -> Report {
        Report(
            list: "lockers", [.literal(location.map(String.init)), .text(state)],
            sql: """
                SELECT s.locker_id, s.location_id, s.location_name AS location, s.state, s.student_id, u.name,
                       s.hold_expires_at, l.disabled_at
                  FROM v_locker_states s JOIN locker_info l USING (locker_id)
                  LEFT JOIN users u ON u.student_id = s.student_id
                 WHERE s.cohort IS NULL AND ($1::int IS NULL OR s.location_id = $1)
                   AND ($2::text IS NULL OR s.state = $2)
                 ORDER BY s.locker_id
                """)
    }

    public static let locations = Report(
        list: "locations",
        sql: """
            SELECT p.location_id, p.name, count(s.locker_id) AS total,
                   count(*) FILTER (WHERE s.state = 'available') AS available,
                   count(*) FILTER (WHERE s.state = 'held') AS held,
                   count(*) FILTER (WHERE s.state = 'confirmed') AS confirmed,
                   count(*) FILTER (WHERE s.state = 'disabled') AS disabled
              FROM locker_locations p LEFT JOIN v_locker_states s USING (location_id)
             WHERE p.cohort IS NULL GROUP BY p.location_id ORDER BY p.location_id
            """)
}
