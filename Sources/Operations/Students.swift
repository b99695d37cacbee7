internal import Postgres

extension Act {
    public static func addStudent(_ id: String, name: String, phone: String) -> Act {
        Act(
            "student add", [("student_id", id), ("name", name), ("phone_number", phone)],
            call: "operator_student_add($1::text, $2::text, $3::text)", [.text(id), .text(name), .text(phone)])
    }
    public static func renameStudent(_ id: String, to name: String) -> Act {
        Act(
            "student rename", [("student_id", id), ("name", name)],
            call: "operator_student_correct($1::text, $2::text, NULL)", [.text(id), .text(name)])
    }
    public static func changePhone(of id: String, to phone: String) -> Act {
        Act(
            "student phone", [("student_id", id), ("phone_number", phone)],
            call: "operator_student_correct($1::text, NULL, $2::text)", [.text(id), .text(phone)])
    }
    public static func changeID(of id: String, to other: String) -> Act {
        Act(
            "student change-id", [("student_id", id), ("to", other)],
            call: "operator_student_change_id($1::text, $2::text)", [.text(id), .text(other)])
    }
    /// The audit must not name whom it is to forget.
    public static func eraseStudent(_ id: String) -> Act {
        Act("student erase", [], call: "operator_student_erase($1::text)", [.text(id)])
    }
}

extension Report {
    /// Every registered student, with the locker he has or holds.
    public static let students = Report(
        list: "students",
        sql: """
            SELECT u.student_id, u.serial_id, u.name, u.phone_number, u.created_at,
                   (SELECT v.locker_id FROM v_locker_states v WHERE v.student_id = u.student_id
                     ORDER BY v.state LIMIT 1) AS locker_id
              FROM users u WHERE u.cohort IS NULL ORDER BY u.student_id
            """)

    /// A student with his locker, his live sessions, his entry on the roster and his newest decisions; an empty list
    /// when there is none of that 학번.
    public static func student(_ id: String) -> Report {
        Report(
            list: "student", [.text(id)],
            sql: """
                SELECT u.student_id, u.serial_id, u.name, u.phone_number, u.created_at, u.updated_at,
                       (SELECT to_json(s) FROM (
                            SELECT v.locker_id, v.location_name AS location, v.state, v.hold_expires_at
                              FROM v_locker_states v WHERE v.student_id = u.student_id ORDER BY v.state LIMIT 1) s) AS locker,
                       (SELECT count(*) FROM v_live_sessions t WHERE t.student_id = u.student_id) AS sessions,
                       (SELECT to_json(e) FROM (
                            SELECT r.eligible, r.reason, r.name, r.phone_number FROM eligible_students r
                             WHERE r.student_id = u.student_id) e) AS roster,
                       (SELECT coalesce(json_agg(to_json(d)), '[]') FROM (
                            SELECT l.decided_at, l.act, l.outcome, l.locker_id FROM locker_decisions l
                             WHERE l.student_id = u.student_id ORDER BY l.decision_id DESC LIMIT 10) d) AS decisions
                  FROM users u WHERE u.student_id = $1::text AND u.cohort IS NULL
                """)
    }
}
