public import Postgres

/// What backup and restore do to whole databases. `server` may connect to any database of the server; it owns or is
/// superuser over all of them.
public final class Maintenance {
    private let server: ConnectionString
    /// The databases that this run has made and not yet dropped are in it.
    public let cleanup: Cleanup
    private var made: [String: Int] = [:]

    public init(server: ConnectionString, cleanup: Cleanup = Cleanup()) {
        self.server = server
        self.cleanup = cleanup
    }

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

    private static let owner = Statement(
        name: "maintenance_owner",
        sql: "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1::text")
    private static let rights = Statement(
        name: "maintenance_rights",
        sql: """
            SELECT format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, $2::text,
                          CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                          CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
              FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = $1::text AND a.grantee <> d.datdba
            """)

    /// Makes an empty database that belongs to whom the other belongs to, and that those may enter who may enter the
    /// other; gives its connection string. A dump carries neither.
    public func create(_ name: String, like other: String) throws(PostgresError) -> ConnectionString {
        let database = connect("postgres")
        let owner = try database.run(Self.owner, [.text(other)]).first?.text(0)
        let belongs = owner.map { " OWNER \(Self.quoted($0))" } ?? ""
        let server = self.server
        made[name] = cleanup.add { try? Maintenance(server: server).drop(name) }
        try execute("CREATE DATABASE \(Self.quoted(name))\(belongs) TEMPLATE template0", on: database)
        let rights = try database.run(Self.rights, [.text(other), .text(name)])
        if rights.isEmpty {
            // As the migrations have it: no worker makes temporary tables.
            try execute("REVOKE TEMPORARY ON DATABASE \(Self.quoted(name)) FROM PUBLIC", on: database)
        } else {
            try execute("REVOKE ALL ON DATABASE \(Self.quoted(name)) FROM PUBLIC", on: database)
            for index in 0..<rights.count { try execute(rights[index].text(0) ?? "", on: database) }
        }
        return server.database(name)
    }

    public func drop(_ name: String) throws(PostgresError) {
        try execute("DROP DATABASE IF EXISTS \(Self.quoted(name)) WITH (FORCE)", on: connect("postgres"))
        if let step = made.removeValue(forKey: name) { cleanup.remove(step) }
    }

    /// The connection string of one of the server's databases.
    public func database(_ name: String) -> ConnectionString { server.database(name) }

    private static let terminate = Statement(
        name: "maintenance_terminate",
        sql: """
            SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity
             WHERE datname IN ($1::text, $2::text) AND pid <> pg_backend_pid()
            """)

    /// Puts one database in the place of another, at once for all: who is connected is cut off, and finds the new one.
    /// - Parameter old: the name that the other one has from then on: nobody finds it there, and nothing is lost
    /// - Returns: whether there was another one
    public func replace(_ name: String, by other: String, keeping old: String) throws -> Bool {
        var existed = true
        try cleanup.uninterrupted { existed = try swap(name, other, old) }
        // It is the real one now.
        if let step = made.removeValue(forKey: other) { cleanup.remove(step) }
        return existed
    }

    private func swap(_ name: String, _ other: String, _ old: String) throws -> Bool {
        let database = connect("postgres")
        if try database.run(Self.owner, [.text(name)]).isEmpty {
            try execute("ALTER DATABASE \(Self.quoted(other)) RENAME TO \(Self.quoted(name))", on: database)
            return false
        }
        // Nobody new comes in while the names change; if anything fails, the doors open again.
        try execute("ALTER DATABASE \(Self.quoted(name)) ALLOW_CONNECTIONS false", on: database)
        do {
            _ = try database.run(Self.terminate, [.text(name), .text(other)])
            try database.transaction { transaction in
                for sql in [
                    "ALTER DATABASE \(Self.quoted(name)) RENAME TO \(Self.quoted(old))",
                    "ALTER DATABASE \(Self.quoted(other)) RENAME TO \(Self.quoted(name))",
                    "ALTER DATABASE \(Self.quoted(old)) ALLOW_CONNECTIONS true",
                ] {
                    _ = try transaction.run(Statement(name: "maintenance \(sql.hashValue)", sql: sql))
                }
                return (.commit, ())
            }
        } catch {
            try? execute("ALTER DATABASE \(Self.quoted(name)) ALLOW_CONNECTIONS true", on: database)
            throw error
        }
        return true
    }
}
