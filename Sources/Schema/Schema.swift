public import Postgres

/// Which schema a program was built for, and which one a database has. Two things: the history (migrations/, sqitch's
/// register) and the code (sql/, the table `deployed_code`).
public enum Schema {
    /// The last change of migrations/sqitch.plan. A database that has more of them is as good.
    public static let change = Version.change
    /// What sql/digest says of the functions, views and triggers.
    public static let digest = Version.digest

    public enum Finding: Equatable, Sendable {
        case right
        case wrong(Mismatch)
        case unreachable(String)
    }

    /// What keeps a program from a database.
    public struct Mismatch: Equatable, Sendable {
        public enum Part: String, Sendable {
            /// The history ends before `change`; it may be empty.
            case history
            /// The code is another, and does not say that it serves this program as well.
            case code
        }

        public let part: Part
        public let found: String
        public var expected: String { part == .history ? change : digest }
        /// What mends it, run on any host with this program's version.
        public let remedy = "run sql/deploy (in the package: /usr/lib/locker-server/migrate) of this program's version"
    }

    private static let state = Statement(
        name: "schema_state",
        sql: """
            SELECT EXISTS (SELECT FROM sqitch.changes c WHERE c.project = 'locker-server' AND c.change = $1::text),
                   (SELECT c.change FROM sqitch.changes c WHERE c.project = 'locker-server'
                     ORDER BY c.committed_at DESC LIMIT 1),
                   d.digest = $2::text OR $2::text = ANY (d.compatible_with), d.digest
              FROM (SELECT) one LEFT JOIN deployed_code d ON true
            """)

    /// Asks the database.
    public static func check(_ database: Database) -> Finding {
        do {
            let row = try database.run(state, [.text(change), .text(digest)]).first
            if row?.bool(0) != true { return .wrong(Mismatch(part: .history, found: row?.text(1) ?? "nothing")) }
            if row?.bool(2) != true { return .wrong(Mismatch(part: .code, found: row?.text(3) ?? "nothing")) }
            return .right
        } catch .refused(let state, _) where state == "42P01" || state == "3F000" || state == "42501" {
            // No such table, no such schema, no right to look: never deployed, or by something else.
            return .wrong(Mismatch(part: .history, found: "nothing"))
        } catch {
            return .unreachable(error.description)
        }
    }
}
