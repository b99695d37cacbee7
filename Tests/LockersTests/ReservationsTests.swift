import Foundation
import Postgres
import Testing

@testable import Lockers

/// The calls of the database as the domain makes them, against the real server that `stand/with-postgres` gives. What
/// the functions decide is tested in Tests/Database; here it is whether every answer is understood.
@Suite(.serialized) struct ReservationsTests {
    let admin: Database
    let url: String
    let reservations: Reservations
    let list: LockerList
    let periods: ApplicationPeriods
    let board: Board

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        url = try #require(environment["DB_URL"], "run the tests as: stand/with-postgres swift test")
        admin = Database(url: try #require(environment["DB_ADMIN_URL"]))
        let database = Database(url: url)
        reservations = Reservations(
            database: database, policy: Reservations.Policy(holdSeconds: 60, burst: 60, perSecond: 2))
        list = LockerList(database: database)
        periods = ApplicationPeriods(database: database)
        board = Board(database: database)
        for sql in [
            """
            TRUNCATE users, locker_info, locker_locations, application_periods, locker_decisions, attempt_allowances
            RESTART IDENTITY CASCADE
            """,
            "INSERT INTO locker_locations (name) VALUES ('정보관 2층')",
            "INSERT INTO locker_info (locker_id, location_id) VALUES (301, 1), (302, 1), (303, 1)",
            """
            INSERT INTO users (student_id, name, phone_number)
            VALUES ('2023321234', '홍길동', '01012345678'), ('2023325678', '김철수', '01087654321'),
                   ('2023320003', '이영희', '01011112222')
            """,
            """
            INSERT INTO auth_sessions
                   (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
            SELECT gen_random_uuid(), student_id, sha256(student_id::bytea),
                   ('00000000-0000-4000-8000-00' || student_id)::uuid,
                   now(), now() + interval '1 hour', now(), now() + interval '1 hour' FROM users
            """,
        ] { try run(sql) }
    }

    private func run(_ sql: String) throws { _ = try admin.run(Statement(name: "test_\(sql.hashValue)", sql: sql)) }

    private func open() throws {
        try run(
            "INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 hour', now() + interval '1 hour')"
        )
    }

    /// Nil: the session has ended.
    private func own(of student: Student) throws -> LockerList.Own? {
        try list.own(of: [(student.tokenID, student.id)])[0]
    }

    private func states(of lockers: [Int], for studentID: String) throws -> [Locker] {
        let views = lockers.map { LockerList.View(position: 3, studentID: studentID, lockerID: $0) }
        let query = LockerList.statesQuery(of: views)
        let states = try LockerList.states(try admin.run(query.statement, query.parameters))
        return (states[3] ?? []).sorted { $0.id < $1.id }
    }

    /// Who attempts something.
    private struct Student {
        let id: String
        var tokenID: String { "00000000-0000-4000-8000-00\(id)" }

        func attempt(_ act: Act, _ lockerID: Int, tokenID: String? = nil, receivedAt: String? = nil) -> Attempt {
            Attempt(
                act, of: lockerID, studentID: id, tokenID: tokenID ?? self.tokenID, requestID: "\(act) \(lockerID)",
                receivedAt: receivedAt)
        }
        func hold(_ lockerID: Int) -> Attempt { attempt(.hold, lockerID, receivedAt: "1772420400.123") }
        func confirm(_ lockerID: Int) -> Attempt { attempt(.confirm, lockerID) }
        func releaseHold(_ lockerID: Int) -> Attempt { attempt(.releaseHold, lockerID) }
        func release(_ lockerID: Int) -> Attempt { attempt(.release, lockerID) }
    }
    private let hong = Student(id: "2023321234")
    private let kim = Student(id: "2023325678")
    private let lee = Student(id: "2023320003")
    private let place = Location(id: 1, name: "정보관 2층")

    /// Reservations with little allowance, on a connection of their own.
    private func strict(burst: Int) -> Reservations {
        Reservations(
            database: Database(url: url), policy: Reservations.Policy(holdSeconds: 60, burst: burst, perSecond: 1))
    }

    private func held(
        _ outcome: @autoclosure () throws -> Outcome, _ location: SourceLocation = #_sourceLocation
    ) throws -> Hold {
        let outcome = try outcome()
        guard case .held(let hold) = outcome else {
            throw Failure(Issue.record("not held: \(outcome)", sourceLocation: location))
        }
        return hold
    }
    private func heldBefore(
        _ outcome: @autoclosure () throws -> Outcome, _ location: SourceLocation = #_sourceLocation
    ) throws -> Hold {
        let outcome = try outcome()
        guard case .heldBefore(let hold) = outcome else {
            throw Failure(Issue.record("not held before: \(outcome)", sourceLocation: location))
        }
        return hold
    }
    /// Several at once, as a worker does it: who would keep the others waiting is decided alone.
    private func together(_ attempts: [Attempt], by other: Reservations? = nil) -> [Answer] {
        let reservations = other ?? reservations
        return zip(attempts, reservations.decide(attempts)).map { attempt, answer in
            answer ?? Result { () throws(PostgresError) in try reservations.decide(attempt) }
        }
    }

    private typealias Answer = Result<Outcome, PostgresError>
    private struct Failure: Error {
        init(_: Issue) {}
    }

    /// What the ledger has: `act outcome`, in its order.
    private func ledger() throws -> [String] {
        let rows = try admin.run(
            Statement(
                name: "test_ledger",
                sql: "SELECT act || ' ' || outcome FROM locker_decisions ORDER BY decision_id"))
        return (0..<rows.count).compactMap { rows[$0].text(0) }
    }

    @Test func closedWithoutAPeriod() throws {
        #expect(try reservations.decide(hong.hold(301)) == .applicationClosed(opensAt: nil, closesAt: nil))
        let current = try periods.current()
        #expect(current.state == .closed && current.opensAt == nil)
    }

    @Test func everyAnswerIsUnderstood() throws {
        try open()
        #expect(try periods.current().state == .open)
        let hold = try held(try reservations.decide(hong.hold(301)))
        #expect(hold.locker == Locker(id: 301, location: place, state: .held, holder: .caller))
        #expect(hold.secondsLeft == 60)
        #expect(try heldBefore(try reservations.decide(hong.hold(301))).expiresAt == hold.expiresAt)
        #expect(try reservations.decide(hong.hold(302)) == .alreadyHolding)
        #expect(try reservations.decide(kim.hold(301)) == .lockerTaken)
        #expect(try reservations.decide(kim.hold(999)) == .lockerNotFound)
        try run("UPDATE locker_info SET disabled_at = now() WHERE locker_id = 303")
        #expect(try reservations.decide(kim.hold(303)) == .lockerDisabled)
        try run("UPDATE locker_info SET disabled_at = NULL WHERE locker_id = 303")
        #expect(try own(of: hong)?.hold?.locker.id == 301)
        #expect(try reservations.decide(kim.confirm(301)) == .holdNotFound)
        #expect(try reservations.decide(kim.confirm(999)) == .lockerNotFound)
        let mine = Locker(id: 301, location: place, state: .confirmed, holder: .caller)
        #expect(try reservations.decide(hong.confirm(301)) == .confirmed(mine))
        #expect(try reservations.decide(hong.confirm(301)) == .confirmed(mine))
        #expect(try reservations.decide(hong.hold(302)) == .alreadyAssigned)
        #expect(try own(of: hong)?.locker == mine)
        let copy = try list.all(cohort: nil)
        #expect(copy.entries.map(\.locker.holder) == [.another, .nobody, .nobody])
        #expect(copy.entries.map(\.studentID) == ["2023321234", nil, nil])
        #expect(copy.decision > 0)
        #expect(try states(of: [301, 302, 999], for: "2023321234").map(\.holder) == [.caller, .nobody])
        #expect(try states(of: [301, 302], for: "2023325678").map(\.holder) == [.another, .nobody])
        let students = ["2023321234", "2023329999", "2023325678"]
        let query = LockerList.recentQuery(of: students, after: 0)
        let recent = LockerList.recent(try admin.run(query.statement, query.parameters))
        #expect(Set(recent.keys) == [0, 2], "the second is nobody")
        #expect(recent[2]?.cohort == nil && Set(recent[2]?.lockerIDs ?? []) == [301, 303, 999])
        #expect(Set(recent[0]?.lockerIDs ?? []) == [301, 302])
        let newer = LockerList.recentQuery(of: students, after: copy.decision)
        #expect(LockerList.recent(try admin.run(newer.statement, newer.parameters))[2]?.lockerIDs == [])
        #expect(try board.counts() == [Board.Count(location: place, available: 2, total: 3)])
        #expect(try reservations.decide(kim.release(301)) == .assignmentNotFound)
        #expect(try reservations.decide(hong.release(301)) == .released)
        #expect(try reservations.decide(hong.releaseHold(301)) == .holdNotFound)
        _ = try held(try reservations.decide(hong.hold(301)))
        #expect(try reservations.decide(hong.releaseHold(301)) == .released)
    }

    /// What the ledger says of where an attempt came from is the attempt's own, also among others.
    @Test func theLedgerKeepsWhereAnAttemptCameFrom() throws {
        try open()
        _ = together([hong.hold(301), kim.attempt(.hold, 302)])
        let rows = try admin.run(
            Statement(
                name: "test_origin",
                sql: "SELECT student_id, request_id, received_at FROM locker_decisions ORDER BY locker_id"))
        #expect((0..<rows.count).map { rows[$0].text(0) } == [hong.id, kim.id])
        #expect((0..<rows.count).map { rows[$0].text(1) } == ["hold 301", "hold 302"])
        #expect(
            (0..<rows.count).map { rows[$0].timestamp(2) } == [Timestamp(microseconds: 1_772_420_400_123_000), nil])
    }

    /// What a connection has planned while there were three rows is what it does in the rush, when there are thousands.
    @Test func whatIsAskedInTheRushIsPlannedForManyRows() throws {
        try open()
        for locker in [301, 302, 999] { _ = try reservations.decide(hong.hold(locker)) }
        let tables = ["users", "auth_sessions", "locker_info", "locker_assignments", "locker_decisions"]
        for table in tables { try run("ANALYZE \(table)") }
        let app = Database(url: url)
        let students = [hong.id, kim.id]
        let view = LockerList.View(position: 0, studentID: kim.id, lockerID: 301)
        let list = LockerList(database: app)
        let (recent, states) = (LockerList.recentQuery(of: students, after: 0), LockerList.statesQuery(of: [view]))
        let asked: [(name: String, arguments: String, ask: () throws -> Void)] = [
            (
                recent.statement.name, "'{2023321234, 2023325678}', 0, 10",
                { _ = try app.run(recent.statement, recent.parameters) }
            ),
            (
                states.statement.name, "'{0}', '{2023325678}', '{301}'",
                { _ = try app.run(states.statement, states.parameters) }
            ),
            (
                "lockers_own", "'{\(kim.tokenID)}', '{2023325678}'",
                { _ = try list.own(of: [(self.kim.tokenID, self.kim.id)]) }
            ),
        ]
        for (name, arguments, ask) in asked {
            // As often as it takes PostgreSQL to make up its mind.
            for _ in 0..<8 { try ask() }
            let plan = try app.run(
                Statement(name: "explain_\(name)", sql: "EXPLAIN EXECUTE \(name) (\(arguments))"))
            let lines = (0..<plan.count).compactMap { plan[$0].text(0) }
            for table in tables {
                #expect(!lines.contains { $0.contains("Seq Scan on \(table)") }, "\(name): \(lines)")
            }
            let kept = try app.run(
                Statement(
                    name: "kept_\(name)",
                    sql: "SELECT generic_plans > 0 FROM pg_prepared_statements WHERE name = '\(name)'"))
            #expect(kept.first?.bool(0) == true, "\(name) is planned anew each time")
        }
    }

    /// Every act beyond the allowance is told when the next is looked at; being turned away costs nothing.
    @Test func aRefusalBeyondTheLimitIsUnderstood() throws {
        try open()
        let strict = strict(burst: 2)
        #expect(try strict.decide(hong.confirm(301)) == .holdNotFound)
        #expect(try strict.decide(hong.release(301)) == .assignmentNotFound)
        for attempt in [hong.confirm(301), hong.releaseHold(301), hong.release(301), hong.hold(301)] {
            #expect(try strict.decide(attempt) == .tooManyRequests(retryAfter: 1), "\(attempt.act)")
        }
        #expect(try strict.decide(kim.confirm(301)) == .holdNotFound, "each has an allowance of his own")
        #expect(try ledger() == ["confirm hold_not_found", "release assignment_not_found", "confirm hold_not_found"])
        Thread.sleep(forTimeInterval: 1)
        #expect(try strict.decide(hong.hold(999)) == .lockerNotFound, "one more")
        #expect(try strict.decide(hong.hold(301)) == .tooManyRequests(retryAfter: 1), "and no other")
    }

    /// Of an allowance that is empty the next is there after a second, and after a minute not more than the burst.
    @Test func timeFillsTheAllowanceUpToTheBurst() throws {
        try open()
        let strict = strict(burst: 3)
        for seconds in [0, 2, 3600] {
            try run("UPDATE attempt_allowances SET at = at - interval '\(seconds) seconds'")
            for number in 1...(seconds == 2 ? 2 : 3) {
                #expect(try strict.decide(hong.hold(999)) == .lockerNotFound, "\(number) after \(seconds) seconds")
            }
            #expect(try strict.decide(hong.hold(999)) == .tooManyRequests(retryAfter: 1), "after \(seconds) seconds")
        }
    }

    /// Who presses before the opening is told so each time, and has his whole allowance when it comes.
    @Test func whatIsAskedTooEarlyCountsForNothing() throws {
        let strict = strict(burst: 3)
        for _ in 1...60 {
            #expect(try strict.decide(hong.hold(301)) == .applicationClosed(opensAt: nil, closesAt: nil))
        }
        for _ in 1...2 {
            for outcome in together(Array(repeating: hong.hold(301), count: 30), by: strict) {
                #expect(try outcome.get() == .applicationClosed(opensAt: nil, closesAt: nil))
            }
        }
        try open()
        #expect(try strict.decide(hong.hold(998)) == .lockerNotFound)
        #expect(try strict.decide(hong.hold(999)) == .lockerNotFound)
        _ = try held(try strict.decide(hong.hold(301)))
    }

    /// Nobody tries more often by trying all at once.
    @Test func ofSeveralAtOnceEachCounts() throws {
        try open()
        let strict = strict(burst: 3)
        let answers = together(Array(repeating: hong.hold(999), count: 10) + [kim.hold(999)], by: strict)
        let outcomes = try answers.map { try $0.get() }
        #expect(outcomes.prefix(3) == [.lockerNotFound, .lockerNotFound, .lockerNotFound])
        #expect(outcomes[3..<10] == [Outcome](repeating: .tooManyRequests(retryAfter: 1), count: 7)[...])
        #expect(outcomes[10] == .lockerNotFound)
    }

    /// They would fill the ledger: one row a second is enough to tell that he was there.
    @Test func whatIsAskedTooEarlyLeavesARowASecond() throws {
        for _ in 1...20 { _ = try reservations.decide(hong.hold(301)) }
        _ = try reservations.decide(kim.hold(301))
        // All within a second, but for a machine that is very slow.
        let rows = try ledger()
        #expect((2...4).contains(rows.count) && Set(rows) == ["hold application_closed"], "\(rows)")
        try run("UPDATE locker_decisions SET decided_at = decided_at - interval '1 second'")
        _ = try reservations.decide(hong.hold(301))
        #expect(try ledger().count == rows.count + 1)
    }

    /// A yes is a yes, however often it is asked for. Once the allowance is used up it leaves no further row.
    @Test func aYesIsToldAgainBeyondTheLimit() throws {
        try open()
        let strict = strict(burst: 1)
        let hold = try held(try strict.decide(hong.hold(301)))
        for _ in 1...5 { #expect(try heldBefore(try strict.decide(hong.hold(301))).expiresAt == hold.expiresAt) }
        #expect(try strict.decide(hong.hold(302)) == .tooManyRequests(retryAfter: 1))
        let mine = Locker(id: 301, location: place, state: .confirmed, holder: .caller)
        for _ in 1...5 { #expect(try strict.decide(hong.confirm(301)) == .confirmed(mine)) }
        #expect(try ledger() == ["hold held", "confirm confirmed"])
        // What changes something is not turned away either.
        #expect(try strict.decide(hong.release(301)) == .released)
        #expect(try strict.decide(hong.release(301)) == .tooManyRequests(retryAfter: 1))
    }

    /// The look takes several statements, and between two of them a hold may become the student's own: who presses twice is not
    /// told that somebody else was quicker. Here the look stands before a table that another has locked, who decides the same
    /// student's other press meanwhile.
    @Test func whoPressesTwiceHasNotLostToHimself() throws {
        try open()
        let answer = Answered()
        let over = DispatchSemaphore(value: 0)
        let (app, press) = (url, hong.hold(301))
        let watch = Database(url: try #require(ProcessInfo.processInfo.environment["DB_ADMIN_URL"]))
        try admin.transaction { other -> (end: Database.TransactionEnd, value: Void) in
            _ = try other.run(Statement(name: "test_lock", sql: "LOCK TABLE locker_locations IN ACCESS EXCLUSIVE MODE"))
            Foundation.Thread.detachNewThread {
                let policy = Reservations.Policy(holdSeconds: 60, burst: 60, perSecond: 2)
                let other = Reservations(database: Database(url: app), policy: policy)
                answer.set(Result { () throws(PostgresError) in try other.decide(press) })
                over.signal()
            }
            let waiting = Statement(
                name: "test_waiting",
                sql: "SELECT FROM pg_locks WHERE NOT granted AND relation = 'locker_locations'::regclass")
            while try watch.run(waiting).isEmpty {}
            let rows = try other.run(
                Statement(
                    name: "test_other_press",
                    sql: """
                        SELECT outcome FROM locker_decide('{hold}', ARRAY[$1::uuid], ARRAY[$2::text], '{301}', '{other}',
                                                          ARRAY[NULL]::float8[], 60, 60, 2, true)
                        """),
                [.literal(hong.tokenID), .text(hong.id)])
            #expect(rows.first?.text(0) == "held")
            return (.commit, ())
        }
        over.wait()
        _ = try heldBefore(try #require(answer.value).get())
        #expect(try ledger() == ["hold held", "hold replayed"])
    }

    private final class Answered: @unchecked Sendable {
        private let lock = NSLock()
        private var result: Answer?
        var value: Answer? { lock.withLock { result } }
        func set(_ value: Answer) { lock.withLock { result = value } }
    }

    /// Nothing is decided, and nothing is written, without a session: not with another's, and not with one that ended.
    @Test func withoutALiveSessionNothingIsAttempted() throws {
        try open()
        try run("DELETE FROM auth_sessions WHERE student_id = '2023325678'")
        for act in [Act.hold, .confirm, .releaseHold, .release] {
            #expect(try reservations.decide(kim.attempt(act, 301, tokenID: hong.tokenID)) == .sessionEnded)
            #expect(try reservations.decide(kim.attempt(act, 301)) == .sessionEnded)
        }
        let count = Statement(name: "test_count", sql: "SELECT count(*) FROM locker_decisions")
        #expect(try admin.run(count).first?.int(0) == 0)
        _ = try held(try reservations.decide(hong.hold(301)))
        try run("UPDATE auth_sessions SET expires_at = clock_timestamp() WHERE student_id = '2023321234'")
        #expect(try reservations.decide(hong.confirm(301)) == .sessionEnded)
        #expect(try reservations.decide(hong.hold(301)) == .sessionEnded)
        #expect(try admin.run(count).first?.int(0) == 1)
    }

    @Test func aStaleHoldIsNoHoldAndIsSwept() throws {
        try open()
        _ = try reservations.decide(hong.hold(301))
        try run("UPDATE locker_assignments SET hold_expires_at = clock_timestamp() - interval '1 second'")
        #expect(try list.all(cohort: nil).entries.map(\.locker.state) == [.available, .available, .available])
        #expect(try own(of: hong) == LockerList.Own(locker: nil, hold: nil))
        #expect(try reservations.sweep(atMost: 10) == 1)
        #expect(try reservations.sweep(atMost: 10) == 0)
        _ = try reservations.decide(hong.hold(301))
        try run("UPDATE locker_assignments SET hold_expires_at = clock_timestamp() - interval '1 second'")
        #expect(try reservations.decide(hong.confirm(301)) == .holdNotFound)
        #expect(try reservations.sweep(atMost: 10) == 0, "it ended with the confirmation that came too late")
        #expect(
            try ledger() == ["hold held", "expire expired", "hold held", "expire expired", "confirm hold_not_found"])
    }

    // MARK: - Several at once

    @Test func eachOfSeveralHasItsOwnAnswer() throws {
        try open()
        #expect(reservations.decide([]).isEmpty)
        let mine = Locker(id: 301, location: place, state: .confirmed, holder: .caller)
        _ = try held(try reservations.decide(hong.hold(301)))
        try run("DELETE FROM auth_sessions WHERE student_id = '2023320003'")
        let answers = together([
            lee.hold(302), kim.hold(999), hong.confirm(301), kim.confirm(302), kim.release(301), kim.hold(303),
            kim.hold(301),
        ])
        #expect(answers.count == 7)
        #expect(try answers[0].get() == .sessionEnded)
        #expect(try answers[1].get() == .lockerNotFound)
        #expect(try answers[2].get() == .confirmed(mine))
        #expect(try answers[3].get() == .holdNotFound)
        #expect(try answers[4].get() == .assignmentNotFound)
        let hold = try held(try answers[5].get())
        #expect(hold.locker == Locker(id: 303, location: place, state: .held, holder: .caller))
        #expect(hold.secondsLeft == 60)
        #expect(try answers[6].get() == .lockerTaken)
        #expect(try own(of: kim)?.hold?.locker.id == 303)
        #expect(try own(of: lee) == nil)
    }

    /// As in a rush: two after one locker, and one who presses twice.
    @Test func severalAfterOneLockerAreDecidedOneAfterTheOther() throws {
        try open()
        let answers = together([
            hong.hold(301), kim.hold(301), hong.hold(301), lee.hold(302), hong.hold(302),
        ])
        let hold = try held(try answers[0].get())
        #expect(try answers[1].get() == .lockerTaken)
        #expect(try heldBefore(try answers[2].get()).expiresAt == hold.expiresAt)
        _ = try held(try answers[3].get())
        #expect(try answers[4].get() == .alreadyHolding)
        #expect(
            try ledger().sorted() == [
                "hold already_holding", "hold held", "hold held", "hold locker_taken", "hold replayed",
            ])
    }

    /// Two hundred students, each on a connection of his own or in a batch, after twenty lockers.
    @Test func batchesAndSinglesDoNotGetInEachOthersWay() throws {
        try open()
        try run("INSERT INTO locker_info (locker_id, location_id) SELECT 400 + n, 1 FROM generate_series(1, 20) n")
        try run(
            """
            INSERT INTO users (student_id, name, phone_number)
            SELECT (2024320000 + n)::text, '학생', '0107' || lpad(n::text, 7, '0') FROM generate_series(1, 200) n
            """)
        try run(
            """
            INSERT INTO auth_sessions
                   (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
            SELECT gen_random_uuid(), student_id, sha256(student_id::bytea),
                   ('00000000-0000-4000-8000-00' || student_id)::uuid,
                   now(), now() + interval '1 hour', now(), now() + interval '1 hour'
              FROM users WHERE student_id LIKE '202432%'
            """)
        let faults = Faults()
        let url = url
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            let mine = Reservations(
                database: Database(url: url),
                policy: Reservations.Policy(holdSeconds: 60, burst: 1000, perSecond: 2))
            let students = (1...50).map { Student(id: "\(2_024_320_000 + thread * 50 + $0)") }
            for round in 0..<20 {
                let attempts = students.enumerated().map { number, student in
                    student.hold(401 + (number * 7 + round * 3 + thread) % 20)
                }
                if thread == 0 {
                    for attempt in attempts.prefix(10) {
                        do { _ = try mine.decide(attempt) } catch { faults.add(error) }
                    }
                } else {
                    for first in stride(from: 0, to: 50, by: 25) {
                        let some = Array(attempts[first..<first + 25])
                        for (attempt, answer) in zip(some, mine.decide(some)) {
                            do { _ = try answer?.get() ?? mine.decide(attempt) } catch { faults.add(error) }
                        }
                    }
                }
            }
        }
        #expect(faults.all == [])
        #expect(try ledger().filter { $0 == "hold held" }.count == 20)
        let owners = try admin.run(
            Statement(
                name: "test_owners",
                sql: "SELECT count(DISTINCT locker_id), count(DISTINCT student_id), count(*) FROM locker_assignments"))
        #expect((0..<3).map { owners.first?.int($0) } == [20, 20, 20])
    }

    private final class Faults: @unchecked Sendable {
        private let lock = NSLock()
        private var list: [String] = []
        var all: [String] { lock.withLock { list } }
        func add(_ error: any Error) { lock.withLock { list.append("\(error)") } }
    }

    /// Somebody else has the guard of one of the students for longer than anybody waits: the others have their answers at
    /// once, and he alone waits, and is told to come again.
    @Test func whoseGuardIsNotFreeIsInNobodysWay() throws {
        try open()
        let attempts = [hong.hold(301), kim.hold(302), lee.hold(303), kim.confirm(999)]
        let (answers, alone) = try admin.transaction {
            other -> (end: Database.TransactionEnd, value: ([Answer?], Answer)) in
            _ = try other.run(
                Statement(name: "test_guard", sql: "SELECT pg_advisory_xact_lock(1, hashtext('2023325678'))"))
            let began = ContinuousClock.now
            let answers = reservations.decide(attempts)
            #expect(began.duration(to: .now) < .milliseconds(250), "nobody waits")
            return (.commit, (answers, Result { () throws(PostgresError) in try reservations.decide(attempts[1]) }))
        }
        _ = try held(try #require(answers[0]).get())
        #expect(answers[1] == nil)
        _ = try held(try #require(answers[2]).get())
        #expect(try #require(answers[3]).get() == .lockerNotFound, "what changes nothing needs no guard")
        #expect(throws: PostgresError.refused(.lockNotAvailable, constraint: nil)) { try alone.get() }
        _ = try held(try reservations.decide(kim.hold(302)))
    }

    /// Whose guard becomes free in time is answered like the others.
    @Test func whoseGuardBecomesFreeIsAnsweredToo() throws {
        try open()
        let (locked, over) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let adminURL = try #require(ProcessInfo.processInfo.environment["DB_ADMIN_URL"])
        Foundation.Thread.detachNewThread {
            defer { over.signal() }
            try? Database(url: adminURL).transaction { other -> (end: Database.TransactionEnd, value: Void) in
                _ = try other.run(Statement(name: "test_guard", sql: "SELECT pg_advisory_xact_lock(2, 302)"))
                locked.signal()
                Foundation.Thread.sleep(forTimeInterval: 0.1)
                return (.commit, ())
            }
        }
        locked.wait()
        let answers = together([kim.hold(302), hong.hold(301), lee.hold(302)])
        over.wait()
        #expect(try held(try answers[0].get()).locker.id == 302)
        #expect(try held(try answers[1].get()).locker.id == 301)
        #expect(try answers[2].get() == .lockerTaken)
    }

    /// A row typed by hand, past every lock, that is committed only after it was found to be in the way: the unique index
    /// is the second line of defence. It ends the transaction of all, and is the fate of one.
    @Test(arguments: [true, false])
    func whatTheIndexRefusesIsRefusedToOneAlone(isCommitted: Bool) throws {
        try open()
        try run("INSERT INTO users (student_id, name, phone_number) VALUES ('2023320004', '박민수', '01033334444')")
        let typed = DispatchSemaphore(value: 0)
        let over = DispatchSemaphore(value: 0)
        let adminURL = try #require(ProcessInfo.processInfo.environment["DB_ADMIN_URL"])
        Foundation.Thread.detachNewThread {
            defer { over.signal() }
            try? Database(url: adminURL).transaction { other -> (end: Database.TransactionEnd, value: Void) in
                _ = try other.run(
                    Statement(
                        name: "test_typed",
                        sql: """
                            INSERT INTO locker_assignments (locker_id, student_id, state, confirmed_at)
                            VALUES (302, '2023320004', 'confirmed', now())
                            """))
                typed.signal()
                Foundation.Thread.sleep(forTimeInterval: 0.2)
                return (isCommitted ? .commit : .rollback, ())
            }
        }
        typed.wait()
        let answers = together([hong.hold(301), kim.hold(302), lee.hold(303)])
        over.wait()
        #expect(try held(try answers[0].get()).locker.id == 301)
        #expect(try held(try answers[2].get()).locker.id == 303)
        if isCommitted {
            #expect(try answers[1].get() == .lockerTaken)
        } else {
            #expect(try held(try answers[1].get()).locker.id == 302)
        }
        #expect(try own(of: kim)?.hold?.locker.id == (isCommitted ? nil : 302))
        #expect(try ledger().filter { $0 == "hold held" }.count == (isCommitted ? 2 : 3), "nothing is decided twice")
    }

    /// A trigger, say, that refuses one student's row, whatever is done: the failure is his, and each of the others is answered.
    @Test func oneStudentsFailureIsHisAlone() throws {
        try open()
        try run(
            """
            CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END $$
            """)
        defer { try? run("DROP FUNCTION test_refuse() CASCADE") }
        try run(
            """
            CREATE TRIGGER test_refuse BEFORE INSERT ON locker_assignments FOR EACH ROW
            WHEN (NEW.student_id = '2023325678') EXECUTE FUNCTION test_refuse()
            """)
        let answers = together([hong.hold(301), kim.hold(302), lee.hold(303)])
        _ = try held(try answers[0].get())
        #expect(throws: PostgresError.refused("23514", constraint: nil)) { try answers[1].get() }
        _ = try held(try answers[2].get())
        #expect(try ledger() == ["hold held", "hold held"])
    }

    /// Of a connection that is lost nobody can say what was decided on it: everybody may ask again.
    @Test func aLostConnectionIsEverybodysFailure() throws {
        try open()
        let nowhere = Reservations(
            database: Database(url: "postgresql:///locker?host=/nonexistent&user=locker_app"),
            policy: Reservations.Policy(holdSeconds: 60, burst: 60, perSecond: 2))
        let answers = nowhere.decide([hong.hold(301), kim.hold(302)])
        #expect(answers.count == 2)
        for answer in answers {
            #expect {
                try answer?.get()
            } throws: {
                if case .cannotConnect? = $0 as? PostgresError { true } else { false }
            }
        }
    }
}
