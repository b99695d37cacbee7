internal import Postgres

/// Which schema this program was built for, and which one it finds.
enum Schema {
    /// The last change of migrations/sqitch.plan; a test compares the two.
    static let expected = "plans_kept"

    enum Finding: Equatable {
        case right
        case wrong(found: String)
        case unreachable(String)
    }

    private static let lastChange = Statement(
        name: "schema_last_change",
        sql: "SELECT change FROM sqitch.changes WHERE project = 'locker-server' ORDER BY committed_at DESC LIMIT 1")

    /// Asks sqitch's own register.
    static func check(_ database: Database) -> Finding {
        do {
            let found = try database.run(lastChange).first?.text(0) ?? "nothing"
            return found == expected ? .right : .wrong(found: found)
        } catch .refused(let state, _) where state == "42P01" || state == "3F000" || state == "42501" {
            // No such table, no such schema, no right to look: never migrated, or by something else.
            return .wrong(found: "nothing")
        } catch {
            return .unreachable(error.description)
        }
    }
}
