import Foundation
import Postgres
import Testing

@testable import Lockers

/// The calls of the database as the domain makes them, against the real server that `stand/with-postgres` gives. What
/// the functions decide is tested in Tests/Database; here it is whether every answer is understood.
@Suite(.serialized) struct ReservationsTests {
    let admin: Database
    let reservations: Reservations
    let list: LockerList
    let periods: ApplicationPeriods
    let board: Board

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let url = try #require(environment["DB_URL"], "run the tests as: stand/with-postgres swift test")
        admin = Database(url: try #require(environment["DB_ADMIN_URL"]))
        let database = Database(url: url)
        reservations = Reservations(database: database, holdSeconds: 60, holdsPerMinute: 60)
        list = LockerList(database: database)
        periods = ApplicationPeriods(database: database)
        board = Board(database: database)
        for sql in [
            "TRUNCATE users, locker_info, locker_locations, application_periods, locker_decisions RESTART IDENTITY CASCADE",
            "INSERT INTO locker_locations (name) VALUES ('정보관 2층')",
            "INSERT INTO locker_info (locker_id, location_id) VALUES (301, 1), (302, 1)",
            """
            INSERT INTO users (student_id, name, phone_number)
            VALUES ('2023321234', '홍길동', '01012345678'), ('2023325678', '김철수', '01087654321')
            """,
            """
            INSERT INTO auth_refresh_tokens
                   (student_id, token_hash, access_jti, family_id, family_expires_at, expires_at)
            SELECT student_id, sha256(student_id::bytea), ('00000000-0000-4000-8000-00' || student_id)::uuid,
                   gen_random_uuid(), now() + interval '1 hour', now() + interval '1 hour' FROM users
            """,
        ] { try run(sql) }
    }

    private func run(_ sql: String) throws { _ = try admin.run(Statement(name: "test_\(sql.hashValue)", sql: sql)) }

    private func open() throws {
        try run(
            "INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 hour', now() + interval '1 hour')"
        )
    }

    private func own(of studentID: String) throws -> LockerList.Own {
        let query = LockerList.ownQuery(of: studentID)
        return try LockerList.own(try admin.run(query.statement, query.parameters))
    }

    private func states(of lockers: [Int], for studentID: String) throws -> [Locker] {
        let views = lockers.map { LockerList.View(position: 3, studentID: studentID, lockerID: $0) }
        let query = LockerList.statesQuery(of: views)
        let states = try LockerList.states(try admin.run(query.statement, query.parameters))
        return (states[3] ?? []).sorted { $0.id < $1.id }
    }

    private let hong = Attempt(
        studentID: "2023321234", sessionID: "00000000-0000-4000-8000-002023321234", requestID: "test",
        receivedAt: "1772420400.123")
    private let kim = Attempt(
        studentID: "2023325678", sessionID: "00000000-0000-4000-8000-002023325678", requestID: "test", receivedAt: nil)
    private let place = Location(id: 1, name: "정보관 2층")

    @Test func closedWithoutAPeriod() throws {
        #expect(try reservations.hold(301, hong) == .applicationClosed(opensAt: nil, closesAt: nil))
        let current = try periods.current()
        #expect(current.state == .closed && current.opensAt == nil)
    }

    @Test func everyAnswerOfAHoldIsUnderstood() throws {
        try open()
        #expect(try periods.current().state == .open)
        guard case .held(let hold) = try reservations.hold(301, hong) else {
            Issue.record("not held")
            return
        }
        #expect(hold.locker == Locker(id: 301, location: place, state: .held, holder: .caller))
        #expect(hold.secondsLeft == 60)
        guard case .replayed(let again) = try reservations.hold(301, hong) else {
            Issue.record("not replayed")
            return
        }
        #expect(again.expiresAt == hold.expiresAt)
        #expect(try reservations.hold(302, hong) == .alreadyHolding)
        #expect(try reservations.hold(301, kim) == .lockerTaken)
        #expect(try reservations.hold(999, kim) == .lockerNotFound)
        #expect(try own(of: "2023321234").hold?.locker.id == 301)
        #expect(try reservations.confirm(301, kim) == .holdNotFound)
        #expect(try reservations.confirm(999, kim) == .lockerNotFound)
        let mine = Locker(id: 301, location: place, state: .confirmed, holder: .caller)
        #expect(try reservations.confirm(301, hong) == .confirmed(mine))
        #expect(try reservations.confirm(301, hong) == .confirmed(mine))
        #expect(try reservations.hold(302, hong) == .alreadyAssigned)
        #expect(try own(of: "2023321234").locker == mine)
        let copy = try list.all(cohort: nil)
        #expect(copy.entries.map(\.locker.holder) == [.another, .nobody])
        #expect(copy.entries.map(\.studentID) == ["2023321234", nil])
        #expect(copy.decision > 0)
        #expect(try states(of: [301, 302, 999], for: "2023321234").map(\.holder) == [.caller, .nobody])
        #expect(try states(of: [301, 302], for: "2023325678").map(\.holder) == [.another, .nobody])
        let students = ["2023321234", "2023329999", "2023325678"]
        let query = LockerList.recentQuery(of: students, after: 0)
        let recent = LockerList.recent(try admin.run(query.statement, query.parameters))
        #expect(Set(recent.keys) == [0, 2], "the second is nobody")
        #expect(recent[2]?.cohort == nil && Set(recent[2]?.lockerIDs ?? []) == [301, 999])
        #expect(Set(recent[0]?.lockerIDs ?? []) == [301, 302])
        let newer = LockerList.recentQuery(of: students, after: copy.decision)
        #expect(LockerList.recent(try admin.run(newer.statement, newer.parameters))[2]?.lockerIDs == [])
        #expect(try board.counts() == [Board.Count(location: place, available: 1, total: 2)])
        #expect(try reservations.release(301, kim) == .notFound)
        #expect(try reservations.release(301, hong) == .released)
        #expect(try reservations.releaseHold(301, hong) == .notFound)
    }

    /// What a connection has planned while there were three rows is what it does in the rush, when there are thousands.
    @Test func whatIsAskedInTheRushIsPlannedForManyRows() throws {
        try open()
        for locker in [301, 302, 999] { _ = try reservations.hold(locker, hong) }
        for table in ["users", "locker_info", "locker_assignments", "locker_decisions"] { try run("ANALYZE \(table)") }
        let app = Database(url: try #require(ProcessInfo.processInfo.environment["DB_URL"]))
        let students = [hong.studentID, kim.studentID]
        let view = LockerList.View(position: 0, studentID: kim.studentID, lockerID: 301)
        let asked: [(query: Query, arguments: String)] = [
            (LockerList.recentQuery(of: students, after: 0), "'{2023321234, 2023325678}', 0, 10"),
            (LockerList.statesQuery(of: [view]), "'{0}', '{2023325678}', '{301}'"),
            (LockerList.ownQuery(of: kim.studentID), "'2023325678'"),
        ]
        for (query, arguments) in asked {
            // As often as it takes PostgreSQL to make up its mind.
            for _ in 0..<8 { _ = try app.run(query.statement, query.parameters) }
            let name = query.statement.name
            let plan = try app.run(
                Statement(name: "explain_\(name)", sql: "EXPLAIN EXECUTE \(name) (\(arguments))"))
            let lines = (0..<plan.count).compactMap { plan[$0].text(0) }
            for table in ["users", "locker_info", "locker_assignments", "locker_decisions"] {
                #expect(!lines.contains { $0.contains("Seq Scan on \(table)") }, "\(name): \(lines)")
            }
            let kept = try app.run(
                Statement(
                    name: "kept_\(name)",
                    sql: "SELECT generic_plans > 0 FROM pg_prepared_statements WHERE name = '\(name)'"))
            #expect(kept.first?.bool(0) == true, "\(name) is planned anew each time")
        }
    }

    @Test func aRefusalBeyondTheLimitIsUnderstood() throws {
        try open()
        let url = try #require(ProcessInfo.processInfo.environment["DB_URL"])
        let strict = Reservations(database: Database(url: url), holdSeconds: 60, holdsPerMinute: 2)
        #expect(try strict.confirm(301, hong) == .holdNotFound)
        #expect(try strict.release(301, hong) == .notFound)
        guard case .tooManyRequests(let confirm)? = try strict.confirm(301, hong),
            case .tooManyRequests(let releaseHold)? = try strict.releaseHold(301, hong),
            case .tooManyRequests(let release)? = try strict.release(301, hong)
        else {
            Issue.record("not too many")
            return
        }
        for seconds in [confirm, releaseHold, release] { #expect((50...60).contains(seconds)) }
    }

    /// Nothing is decided, and nothing is written, without a session: not with another's, and not with one that ended.
    @Test func withoutALiveSessionNothingIsAttempted() throws {
        try open()
        let stranger = Attempt(
            studentID: kim.studentID, sessionID: hong.sessionID, requestID: "test", receivedAt: nil)
        try run(
            "UPDATE auth_refresh_tokens SET revoked_at = now(), revoke_reason = 'logout' WHERE student_id = '2023325678'"
        )
        for attempt in [stranger, kim] {
            #expect(try reservations.hold(301, attempt) == nil)
            #expect(try reservations.confirm(301, attempt) == nil)
            #expect(try reservations.releaseHold(301, attempt) == nil)
            #expect(try reservations.release(301, attempt) == nil)
        }
        let count = Statement(name: "test_count", sql: "SELECT count(*) FROM locker_decisions")
        #expect(try admin.run(count).first?.int(0) == 0)
        guard case .held = try reservations.hold(301, hong) else {
            Issue.record("not held")
            return
        }
        try run("UPDATE auth_refresh_tokens SET expires_at = clock_timestamp() WHERE student_id = '2023321234'")
        #expect(try reservations.confirm(301, hong) == nil)
        #expect(try admin.run(count).first?.int(0) == 1)
    }

    @Test func aStaleHoldIsNoHoldAndIsSwept() throws {
        try open()
        _ = try reservations.hold(301, hong)
        try run("UPDATE locker_assignments SET hold_expires_at = clock_timestamp() - interval '1 second'")
        #expect(try list.all(cohort: nil).entries.map(\.locker.state) == [.available, .available])
        #expect(try own(of: "2023321234").hold == nil)
        #expect(try reservations.confirm(301, hong) == .holdNotFound)
        #expect(try reservations.sweep(atMost: 10) == 1)
        #expect(try reservations.sweep(atMost: 10) == 0)
    }
}
