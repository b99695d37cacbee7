internal import Postgres

/// How many rows each table of a database has.
public enum Contents {
    private static let tables = Statement(
        name: "contents_tables",
        sql: """
            SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'sqitch')
             ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
            """)

    /// The rows of each table, by one picture of the database that a dump can share: `body` is given the name of the
    /// snapshot, which lives as long as it runs.
    public static func count<Value>(
        _ url: String, during body: (_ snapshot: String, _ rows: [(table: String, rows: Int)]) throws -> Value
    ) throws -> Value {
        let database = Database(url: url, limits: Database.Limits(connect: .seconds(5), statement: .seconds(600)))
        return try database.transaction { transaction in
            func run(_ sql: String) throws -> ResultSet {
                try transaction.run(Statement(name: "contents \(sql)", sql: sql))
            }
            _ = try run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            // It is idle while the dump runs.
            _ = try run("SET LOCAL idle_in_transaction_session_timeout = 0")
            guard let snapshot = try run("SELECT pg_export_snapshot()").first?.text(0) else {
                throw OperationError.unexpected("pg_export_snapshot")
            }
            let names = try transaction.run(tables)
            var rows: [(table: String, rows: Int)] = []
            for index in 0..<names.count {
                guard let table = names[index].text(0) else { continue }
                // Quoted by the server itself.
                rows.append((table, try run("SELECT count(*) FROM \(table)").first?.int(0) ?? 0))
            }
            return (.commit, try body(snapshot, rows))
        }
    }
}
