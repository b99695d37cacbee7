internal import Postgres

extension Act {
    /// Something that happened outside the audit's own sight: only its row.
    public static func note(_ command: String, _ facts: [String: String]) -> Act {
        let facts = facts.sorted { $0.key < $1.key }.map { (name: $0.key, value: Optional($0.value)) }
        return Act(
            command, facts, call: "operator_note($1::text, $2::text::jsonb)",
            [.text(command), .text(JSONText.object(facts))])
    }

    /// Takes an act back.
    public static func undo(_ auditID: Int) -> Act {
        // A semester's end may be what it takes back.
        Act(
            "undo", [("audit_id", String(auditID))], call: "operator_undo($1::bigint)", [.int(auditID)],
            refreshesPlans: true)
    }
}

extension Report {
    /// The newest acts, newest first.
    public static func audit(newest limit: Int) -> Report {
        Report(
            list: "audit", [.int(limit)],
            sql: """
                SELECT a.audit_id, a.at, a.os_user, a.db_role, a.command, a.arguments, a.reason, a.undo_of, a.undone_by,
                       a.not_undoable, (SELECT count(*) FROM operator_changes c WHERE c.audit_id = a.audit_id) AS changes
                  FROM operator_audit a ORDER BY a.audit_id DESC LIMIT $1::int
                """)
    }

    /// One act with every row it changed; an empty list when there is none of that number.
    public static func auditEntry(_ id: Int) -> Report {
        Report(
            list: "audit_entry", [.int(id)],
            sql: """
                SELECT a.audit_id, a.at, a.os_user, a.db_role, a.command, a.arguments, a.reason, a.undo_of, a.undone_by,
                       a.not_undoable, a.images_until,
                       (SELECT coalesce(json_agg(json_build_object('relation', c.relation, 'before', c.before,
                                                                   'after', c.after) ORDER BY c.change_id), '[]')
                          FROM operator_changes c WHERE c.audit_id = a.audit_id) AS changes
                  FROM operator_audit a WHERE a.audit_id = $1::bigint
                """)
    }
}
