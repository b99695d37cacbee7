internal import Postgres

/// One entry of the council's list of who may apply.
public struct RosterEntry: Equatable, Sendable {
    public let studentID: String
    public let name: String
    /// Digits only.
    public let phoneNumber: String
    public let isEligible: Bool
    /// Why not, for one who is not.
    public let reason: String?

    public init(studentID: String, name: String, phoneNumber: String, isEligible: Bool, reason: String?) {
        self.studentID = studentID
        self.name = name
        self.phoneNumber = phoneNumber
        self.isEligible = isEligible
        self.reason = reason
    }

    fileprivate var json: String {
        let members = JSONText.object([
            ("student_id", studentID), ("name", name), ("phone_number", phoneNumber), ("reason", reason),
        ])
        return members.dropLast() + ",\"eligible\":\(isEligible)}"
    }
}

extension Act {
    /// Makes the roster this list, or only adds the list to it. Who is struck off, or whose entry changed, is signed out.
    public static func importRoster(_ entries: [RosterEntry], source: String, adding: Bool = false) -> Act {
        Act(
            adding ? "roster import --add" : "roster import", [("file", source), ("entries", String(entries.count))],
            call: "operator_roster_import($1::text::jsonb, $2::text, $3::boolean)",
            [.text("[" + entries.map(\.json).joined(separator: ",") + "]"), .text(source), .bool(adding)],
            refreshesPlans: true)
    }
}

extension Report {
    public static func roster(ineligibleOnly: Bool) -> Report {
        Report(
            list: "roster", [.bool(ineligibleOnly)],
            sql: """
                SELECT e.student_id, e.name, e.phone_number, e.eligible, e.reason, e.source_file, e.imported_at,
                       EXISTS (SELECT FROM users u WHERE u.student_id = e.student_id) AS registered
                  FROM eligible_students e WHERE NOT ($1::boolean AND e.eligible) ORDER BY e.student_id
                """)
    }
}
