internal import Postgres

extension Act {
    /// - Parameter days: how long the archive says who had what, and the closing can be taken back
    public static func closeSemester(_ name: String, keepingDays days: Int) -> Act {
        Act(
            "semester close", [("name", name), ("keep_days", String(days))],
            call: "operator_semester_close($1::text, make_interval(days => $2::int))", [.text(name), .int(days)],
            refreshesPlans: true)
    }
}

extension Report {
    public static let semesters = Report(
        list: "semesters",
        sql: """
            SELECT s.name, s.closed_at, s.keep_until, s.lockers, s.confirmed, s.assignments, s.students, s.audit_id,
                   s.anonymous_since
              FROM semesters s ORDER BY s.semester_id
            """)

    /// The semester of that name, without its assignments; an empty list when there is none.
    public static func semester(_ name: String) -> Report {
        Report(list: "semester", [.text(name)], sql: "SELECT * FROM (\(semesters.body)) s WHERE s.name = $1::text")
    }

    /// Its archive.
    public static func semesterAssignments(_ name: String, history: Bool) -> Report {
        Report(
            list: "semester_assignments", [.text(name), .bool(history)],
            sql: """
                SELECT a.locker_id, a.location_name AS location, a.student_id, a.name, a.state, a.created_at,
                       a.confirmed_at, a.released_at
                  FROM semester_assignments a JOIN semesters s USING (semester_id)
                 WHERE s.name = $1::text AND ($2::boolean OR a.state = 'confirmed')
                 ORDER BY a.locker_id, a.created_at
                """)
    }
}
