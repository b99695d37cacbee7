import Foundation
import Testing

@testable import Postgres

/// Against the real server, as `DatabaseTests`.
@Suite struct TransactionTests {
    struct Stop: Error {}
    let database: Database
    /// Nobody else's: suites run side by side.
    let studentID = "20\(UInt32.random(in: 10_000_000...99_999_999))"

    init() throws {
        let url = try #require(
            ProcessInfo.processInfo.environment["DB_URL"], "run the tests as: stand/with-postgres swift test")
        database = Database(url: url)
    }

    private func statement(_ sql: String) -> Statement { Statement(name: "transaction \(sql)", sql: sql) }
    private var register: Statement {
        statement("SELECT auth_register($1::text, '홍길동', '0' || $1::text, 'open', 5, 600)")
    }
    private func isRegistered() throws -> Bool {
        try !database.run(statement("SELECT FROM users WHERE student_id = $1::text"), [.text(studentID)]).isEmpty
    }

    @Test func commitsAll() throws {
        let begun = try database.transaction { transaction in
            _ = try transaction.run(register, [.text(studentID)])
            let first = try transaction.run(statement("SELECT now()")).first?.timestamp(0)
            // now() is the transaction's beginning: the same for all of it.
            return (.commit, first == (try transaction.run(statement("SELECT now()")).first?.timestamp(0)))
        }
        #expect(begun)
        #expect(try isRegistered())
    }

    @Test func rollsBackWhenToldTo() throws {
        try database.transaction { transaction in
            _ = try transaction.run(register, [.text(studentID)])
            return (.rollback, ())
        }
        #expect(try !isRegistered())
    }

    @Test func rollsBackWhenItThrows() throws {
        #expect(throws: Stop.self) {
            try database.transaction { transaction -> (end: Database.TransactionEnd, value: Void) in
                _ = try transaction.run(register, [.text(studentID)])
                throw Stop()
            }
        }
        #expect(try !isRegistered())
    }

    @Test func aRefusedStatementEndsItAndTheConnectionLives() throws {
        #expect(throws: PostgresError.refused("22012", constraint: nil)) {
            try database.transaction { transaction -> (end: Database.TransactionEnd, value: Void) in
                _ = try transaction.run(register, [.text(studentID)])
                _ = try transaction.run(statement("SELECT 1 / 0"))
                return (.commit, ())
            }
        }
        #expect(try !isRegistered())
        #expect(database.connections == 1)
    }

    @Test func aLostConnectionIsNotReplacedInTheMiddle() throws {
        #expect(throws: PostgresError.self) {
            try database.transaction { transaction -> (end: Database.TransactionEnd, value: Void) in
                _ = try transaction.run(register, [.text(studentID)])
                _ = try transaction.run(statement("SELECT pg_terminate_backend(pg_backend_pid())"))
                _ = try transaction.run(statement("SELECT 1"))
                return (.commit, ())
            }
        }
        #expect(try !isRegistered())
        #expect(database.connections == 2)
    }
}

@Suite struct ConnectionStringTests {
    @Test func takesAndGivesEveryPart() throws {
        let string = try #require(
            ConnectionString("postgresql://hong:pa%27ss%5C@db.example:5433/locker?sslmode=require"))
        #expect(string["dbname"] == "locker" && string["password"] == "pa'ss\\")
        let other = string.database("scratch")
        let again = try #require(ConnectionString(other.text))
        #expect(again["dbname"] == "scratch" && again["password"] == "pa'ss\\" && again["host"] == "db.example")
        #expect(
            again.environment == [
                "PGUSER": "hong", "PGPASSWORD": "pa'ss\\", "PGHOST": "db.example", "PGPORT": "5433",
                "PGDATABASE": "scratch", "PGSSLMODE": "require",
            ])
    }

    @Test(arguments: ["postgresql://[", "no such=thing", "dbname='x"])
    func refusesWhatLibpqCannotRead(text: String) { #expect(ConnectionString(text) == nil) }
}
