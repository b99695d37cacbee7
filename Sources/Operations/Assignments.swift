internal import Postgres

extension Act {
    public static func assign(student: String, locker: Int) -> Act {
        Act(
            "assign", [("student_id", student), ("locker_id", String(locker))],
            call: "operator_assign($1::text, $2::int)", [.text(student), .int(locker)])
    }
    public static func release(locker: Int) -> Act {
        Act("release", [("locker_id", String(locker))], call: "operator_release($1::int)", [.int(locker)])
    }
    public static func move(student: String, to locker: Int) -> Act {
        Act(
            "move", [("student_id", student), ("locker_id", String(locker))],
            call: "operator_move($1::text, $2::int)", [.text(student), .int(locker)], destroys: false)
    }
    /// The sessions of one student; nil: of everybody.
    public static func revokeSessions(of student: String?) -> Act {
        Act(
            "session revoke", [("student_id", student)], call: "operator_sessions_revoke($1::text)", [.text(student)])
    }
}

extension Report {
    /// Who has which locker; with `history`, also who had or tried to have one.
    public static func assignments(location: Int?, history: Bool) -> Report {
        Report(
            list: "assignments", [.literal(location.map(String.init)), .bool(history)],
            sql: """
                SELECT r.* FROM (
                    SELECT a.locker_id, p.location_id, p.name AS location, a.student_id, u.name, u.phone_number,
                           CASE WHEN a.state = 'hold' AND a.hold_expires_at <= clock_timestamp() THEN 'expired'
                                ELSE a.state::text END AS state,
                           a.created_at, a.confirmed_at, a.released_at
                      FROM locker_assignments a
                      JOIN locker_info l USING (locker_id) JOIN locker_locations p USING (location_id)
                      JOIN users u ON u.student_id = a.student_id
                     WHERE p.cohort IS NULL
                    UNION ALL
                    SELECT l.locker_id, p.location_id, p.name, l.owner, u.name, u.phone_number, 'confirmed', NULL, NULL, NULL
                      FROM locker_info l JOIN locker_locations p USING (location_id)
                      JOIN users u ON u.student_id = l.owner
                     WHERE p.cohort IS NULL AND NOT EXISTS (
                           SELECT FROM locker_assignments a WHERE a.locker_id = l.locker_id AND a.student_id = l.owner
                              AND a.state = 'confirmed')) r
                 WHERE ($1::int IS NULL OR r.location_id = $1)
                   AND ($2::boolean OR r.state IN ('hold', 'confirmed'))
                 ORDER BY r.locker_id, r.created_at
                """)
    }

    /// The live sessions, newest first.
    public static func sessions(of student: String?) -> Report {
        Report(
            list: "sessions", [.text(student)],
            sql: """
                SELECT s.student_id, u.name, s.used_at AS issued_at, s.expires_at, s.user_agent, s.ip
                  FROM auth_sessions s JOIN users u USING (student_id)
                 WHERE s.expires_at > clock_timestamp() AND u.cohort IS NULL
                   AND ($1::text IS NULL OR s.student_id = $1)
                 ORDER BY s.used_at DESC, s.session_id
                """)
    }
}
