import Foundation
import Glibc
import Testing

@testable import Postgres

/// Against the real server whose URL `stand/with-postgres` gives. Without it these tests fail: none is ever skipped.
@Suite struct DatabaseTests {
    let url: String
    let database: Database

    init() throws {
        url = try #require(
            ProcessInfo.processInfo.environment["DB_URL"], "run the tests as: stand/with-postgres swift test")
        database = Database(url: url)
    }

    private func statement(_ sql: String) -> Statement { Statement(name: "test_\(sql.hashValue)", sql: sql) }

    @Test func everyTypeComesBack() throws {
        let rows = try database.run(
            statement(
                """
                SELECT $1::text, $2::int, $3::bigint, $4::boolean, $5::bytea, $6::uuid, $7::timestamptz, NULL::text,
                       (-2)::smallint, ''::text
                """),
            [
                .text("홍길동 \"quoted\""), .int(-7), .int(.max), .bool(true), .bytes([0, 255, 10]),
                .literal("0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11"), .literal("2026-03-02 12:00:00.123456+09"),
            ])
        let row = try #require(rows.first)
        #expect(row.text(0) == "홍길동 \"quoted\"")
        #expect(row.int(1) == -7)
        #expect(row.int(2) == .max)
        #expect(row.bool(3) == true)
        #expect(row.bytes(4) == [0, 255, 10])
        #expect(row.uuid(5) == "0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11")
        #expect(row.timestamp(6) == Timestamp(microseconds: 1_772_420_400_123_456))
        #expect(row.text(7) == nil && row.int(7) == nil)
        #expect(row.int(8) == -2)
        #expect(row.text(9) == "")
    }

    /// Whatever can stand in a column, typed by hand: it must end no process, here or where it is written as a date.
    @Test(arguments: [
        ("infinity", Timestamp.latest), ("-infinity", .earliest), ("294276-12-31 23:59:59Z", .latest),
        ("10000-01-01 00:00:00Z", .latest), ("4713-01-01 00:00:00Z BC", .earliest),
        ("9999-12-30 23:59:59Z", .latest), ("9999-12-30 23:59:58Z", Timestamp(microseconds: 253_402_214_398_000_000)),
        ("0001-01-02 00:00:00Z", .earliest),
        ("1999-12-31 23:59:59.999999Z", Timestamp(microseconds: 946_684_799_999_999)),
    ])
    func anInstantBeyondEveryCalendarIsTheLastOrTheFirst(text: String, expected: Timestamp) throws {
        let rows = try database.run(statement("SELECT $1::timestamptz"), [.literal(text)])
        #expect(rows.first?.timestamp(0) == expected)
    }

    @Test func severalStatementsGoInOneRoundTrip() throws {
        let queries = (1...3).map { Query(statement("SELECT $1::int + \($0)"), [.int($0)]) }
        for _ in 1...2 {
            #expect(try database.run(queries).map { $0.first?.int(0) } == [2, 4, 6])
        }
        #expect(try database.run([Query]()).isEmpty)
        #expect(try database.run(statement("SELECT 7")).first?.int(0) == 7)
        #expect(database.connections == 1)
    }

    @Test func ofSeveralStatementsOneThatIsRefusedUndoesAll() throws {
        let bad = Query(statement("SELECT 1 / $1::int"), [.int(0)])
        let good = Query(statement("SELECT set_config('locker.test', 'changed', false)"), [])
        _ = try database.run(statement("SELECT set_config('locker.test', 'before', false)"))
        for queries in [[good, bad, good], [bad, good], [good, bad]] {
            #expect(throws: PostgresError.refused("22012", constraint: nil)) { try database.run(queries) }
            let value = try database.run(statement("SELECT current_setting('locker.test')")).first?.text(0)
            #expect(value == "before")
        }
        #expect(database.connections == 1)
    }

    @Test func severalStatementsThatTakeTooLongEndInTime() throws {
        let slow = Database(url: url, limits: Database.Limits(statement: .milliseconds(200)))
        #expect(throws: PostgresError.deadlineExceeded) {
            try slow.run([Query(statement("SELECT 1"), []), Query(statement("SELECT pg_sleep(3)"), [])])
        }
        #expect(try slow.run([Query(statement("SELECT 5"), [])]).first?.first?.int(0) == 5)
        #expect(slow.connections == 2)
    }

    @Test func nullsAreSent() throws {
        let rows = try database.run(
            statement("SELECT $1::text IS NULL, $2::bytea IS NULL, $3::uuid IS NULL"),
            [.text(nil), .bytes(nil), .literal(nil)])
        #expect(rows.first?.bool(0) == true && rows.first?.bool(1) == true && rows.first?.bool(2) == true)
    }

    @Test func arraysAreSent() throws {
        let rows = try database.run(
            statement(
                """
                SELECT $1::text[] = ARRAY['a,b', '{"c\\d"}', '', 'NULL', '홍'], $2::int[] = ARRAY[-1, 2],
                       $3::uuid[] = ARRAY['0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11'::uuid],
                       $4::float8[] IS NOT DISTINCT FROM ARRAY[1772420400.123, NULL, 0.5]::float8[], $5::decision_act[]::text,
                       cardinality($6::uuid[]), cardinality($7::text[])
                """),
            [
                .texts(["a,b", "{\"c\\d\"}", "", "NULL", "홍"]), .ints([-1, 2]),
                .literals(["0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11"]), .literals(["1772420400.123", nil, "0.5"]),
                .literals(["hold", "release_hold"]), .literals([]), .texts([]),
            ])
        let row = try #require(rows.first)
        for column in 0..<4 { #expect(row.bool(column) == true, "\(column)") }
        #expect(row.text(4) == "{hold,release_hold}")
        #expect(row.int(5) == 0 && row.int(6) == 0)
    }

    @Test func aNULInATextIsRefusedAndNotCutOff() {
        #expect(throws: PostgresError.refused("22021", constraint: nil)) {
            try database.run(statement("SELECT $1::text"), [.text("a\u{0}b")])
        }
    }

    @Test func aRefusalNamesItsConstraintAndLeavesTheConnection() throws {
        let admin = Database(url: try #require(ProcessInfo.processInfo.environment["DB_ADMIN_URL"]))
        #expect(throws: PostgresError.refused("23514", constraint: "locker_info_locker_id_check")) {
            try admin.run(statement("INSERT INTO locker_info (locker_id, location_id) VALUES (-1, 1)"))
        }
        #expect(try admin.run(statement("SELECT 1")).first?.int(0) == 1)
        #expect(admin.connections == 1)
    }

    @Test func aStatementThatTakesTooLongEndsInTime() throws {
        let began = ContinuousClock.now
        #expect(throws: PostgresError.deadlineExceeded) {
            try database.run(statement("SELECT pg_sleep(4)"), within: .milliseconds(100))
        }
        #expect(began.duration(to: .now) < .seconds(3))
        // The answer that was given up must not be taken for the next one.
        #expect(try database.run(statement("SELECT 5")).first?.int(0) == 5)
    }

    @Test func aConnectionClosedWhileIdleIsReplacedUnnoticed() throws {
        let other = Database(url: url)
        let pid = try #require(try other.run(statement("SELECT pg_backend_pid()")).first?.int(0))
        _ = try database.run(statement("SELECT pg_terminate_backend($1::int, 5000)"), [.int(pid)])
        #expect(try other.run(statement("SELECT 6")).first?.int(0) == 6)
        #expect(other.connections == 2)
    }

    @Test func aConnectionLostDuringAStatementIsToldAndMadeAgain() throws {
        let other = Database(url: url)
        // Whether the server's own reason or only the end of the connection is read first is a race.
        #expect {
            try other.run(statement("SELECT pg_terminate_backend(pg_backend_pid())"))
        } throws: {
            [.connectionLost, .refused("57P01", constraint: nil)].contains($0 as? PostgresError)
        }
        #expect(try other.run(statement("SELECT 7")).first?.int(0) == 7)
        #expect(other.connections == 2)
    }

    @Test func noServerIsAClearError() {
        let nowhere = Database(url: "postgresql:///locker?host=/nonexistent&user=locker_app")
        for _ in 1...2 {
            #expect {
                try nowhere.run(statement("SELECT 1"))
            } throws: {
                if case .cannotConnect(let reason)? = $0 as? PostgresError { !reason.isEmpty } else { false }
            }
        }
    }

    @Test func aServerThatAcceptsAndSaysNothingIsGivenUp() throws {
        // A listening socket that nobody serves: the connection is made by the kernel and never answered.
        let folder = FileManager.default.temporaryDirectory.appending(path: "locker-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let listener = try SilentListener(path: folder.appending(path: ".s.PGSQL.5432").path)
        defer { listener.close() }
        let silent = Database(
            url: "postgresql:///locker?host=\(folder.path)&user=locker_app", limits: .init(connect: .milliseconds(200)))
        let began = ContinuousClock.now
        #expect(throws: PostgresError.cannotConnect("no answer in time")) { try silent.run(statement("SELECT 1")) }
        #expect(began.duration(to: .now) < .seconds(2))
    }

    @Test(arguments: [
        ("postgresql:///locker?host=/run", true), ("host=/run dbname=locker", true), ("nonsense", false),
        ("http://x/y", false),
        ("postgresql://[::1/x", false),
    ])
    func connectionStrings(text: String, isValid: Bool) {
        #expect(Database.isConnectionString(text) == isValid)
    }
}

/// A unix socket that accepts into its backlog and never answers.
private struct SilentListener {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && listen(descriptor, 8) == 0)
    }

    func close() { _ = Glibc.close(descriptor) }
}
