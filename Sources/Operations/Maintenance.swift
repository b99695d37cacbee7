public import Postgres

/// What backup and restore do to whole databases. `server` may connect to any database of the server; it owns or is
/// superuser over all of them.
public final class Maintenance {
    private let server: ConnectionString

    public init(server: ConnectionString) { self.server = server }

    private func connect(_ name: String) -> Database {
        Database(
            url: server.database(name).text,
            limits: Database.Limits(connect: .seconds(5), statement: .seconds(600), pauseAfterFailure: .zero))
    }

    /// A statement that takes names and no parameters: they are quoted here, and come from us or from the settings.
    private func execute(_ sql: String, on database: Database) throws(PostgresError) {
        _ = try database.run(Statement(name: "maintenance \(sql.hashValue)", sql: sql))
    }

    private static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    /// Makes an empty database that belongs to whom the other belongs to; gives its connection string.
    public func create(_ name: String, like other: String) throws(PostgresError) -> ConnectionString {
        let database = connect("postgres")
        let owner = try database.run(
            Statement(
                name: "maintenance_owner",
                sql: "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1::text"), [.text(other)]
        ).first?.text(0)
        let belongs = owner.map { " OWNER \(Self.quoted($0))" } ?? ""
        try execute("CREATE DATABASE \(Self.quoted(name))\(belongs) TEMPLATE template0", on: database)
        // As the migrations have it: no worker makes temporary tables. A dump does not carry this.
        try execute("REVOKE TEMPORARY ON DATABASE \(Self.quoted(name)) FROM PUBLIC", on: database)
        return server.database(name)
    }

    public func drop(_ name: String) throws(PostgresError) {
        try execute("DROP DATABASE IF EXISTS \(Self.quoted(name)) WITH (FORCE)", on: connect("postgres"))
    }

    /// The planner's figures: a dump has none.
    public func analyze(_ name: String) throws(PostgresError) { try execute("ANALYZE", on: connect(name)) }

    private static let terminate = Statement(
        name: "maintenance_terminate",
        sql: """
            SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity
             WHERE datname IN ($1::text, $2::text) AND pid <> pg_backend_pid()
            """)

    /// Puts one database in the place of another, at once for all: who is connected is cut off, and finds the new one.
    /// The old one is gone then.
    public func replace(_ name: String, by other: String) throws {
        let database = connect("postgres")
        let old = name + "_old"
        try drop(old)
        let exists = try database.run(
            Statement(name: "maintenance_exists", sql: "SELECT FROM pg_database WHERE datname = $1::text"),
            [.text(name)])
        if exists.isEmpty {
            return try execute(
                "ALTER DATABASE \(Self.quoted(other)) RENAME TO \(Self.quoted(name))", on: database)
        }
        // Nobody new comes in while the names change; if anything fails, the doors open again.
        try execute("ALTER DATABASE \(Self.quoted(name)) ALLOW_CONNECTIONS false", on: database)
        do {
            _ = try database.run(Self.terminate, [.text(name), .text(other)])
            try database.transaction { transaction in
                for sql in [
                    "ALTER DATABASE \(Self.quoted(name)) RENAME TO \(Self.quoted(old))",
                    "ALTER DATABASE \(Self.quoted(other)) RENAME TO \(Self.quoted(name))",
                ] {
                    _ = try transaction.run(Statement(name: "maintenance \(sql.hashValue)", sql: sql))
                }
                return (.commit, ())
            }
        } catch {
            try? execute("ALTER DATABASE \(Self.quoted(name)) ALLOW_CONNECTIONS true", on: database)
            throw error
        }
        try drop(old)
    }
}
