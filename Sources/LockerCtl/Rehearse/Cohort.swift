internal import Postgres

/// A rehearsal's own students, lockers and period in the database. All that is written goes through the functions of
/// sql/rehearsals.sql, which cannot touch anything real.
struct Cohort: Sendable {
    let name: String
    let students: Int
    let lockers: Int

    private static let lock = Statement(name: "rehearsal_lock", sql: "SELECT pg_try_advisory_lock(6, 0)")
    private static let leftovers = Statement(name: "rehearsal_leftovers", sql: "SELECT r FROM rehearsal_leftovers() r")
    private static let make = Statement(
        name: "rehearsal_make", sql: "SELECT rehearsal_make($1::text, $2::int, $3::int)")
    private static let wipe = Statement(name: "rehearsal_wipe", sql: "SELECT rehearsal_wipe($1::text)")
    private static let open = Statement(
        name: "rehearsal_open",
        sql: "SELECT rehearsal_open($1::text, make_interval(secs => $2::int / 1000.0), interval '6 hours')")
    private static let free = Statement(
        name: "rehearsal_free",
        sql: "SELECT (count(*) FILTER (WHERE state = 'available'))::int FROM v_locker_states WHERE cohort = $1::text")

    /// Wipes what earlier rehearsals left, on purpose or not. One rehearsal at a time: a lock that lasts as long as this
    /// connection tells a leftover from one that is running.
    /// - Returns: the names of what was wiped.
    static func wipeLeftovers(_ database: Database) throws(Failure) -> [String] {
        do {
            if try database.run(lock).first?.bool(0) == true {
                let rows = try database.run(leftovers)
                let names = (0..<rows.count).compactMap { rows[$0].text(0) }
                for name in names { _ = try database.run(wipe, [.text(name)]) }
                return names
            }
        } catch {
            throw OperatorDatabase.failure(error)
        }
        throw Failure("다른 예행연습이 진행 중입니다. 끝난 뒤에 다시 실행해 주세요.")
    }

    /// Makes the cohort, after wiping what earlier rehearsals left behind.
    /// - Returns: the cohort, and the names of what was wiped.
    static func make(
        students: Int, lockers: Int, database: Database
    ) throws(Failure) -> (cohort: Cohort, wiped: [String]) {
        let wiped = try wipeLeftovers(database)
        do {
            let cohort = Cohort(
                name: "rehearsal-" + String(UInt64.random(in: 0...UInt64.max), radix: 36), students: students,
                lockers: lockers)
            _ = try database.run(make, [.text(cohort.name), .int(students), .int(lockers)])
            return (cohort, wiped)
        } catch PostgresError.refused(.uniqueViolation, _) {
            throw Failure("예행연습용 학번(99로 시작)이나 사물함 번호(1990000001부터)가 이미 쓰이고 있어 시작하지 않았습니다.")
        } catch {
            throw OperatorDatabase.failure(error)
        }
    }

    /// What student `index` signs in with, as JSON.
    func credentials(_ index: Int) -> [UInt8] {
        let number = String(index + 1)
        let padded = String(repeating: "0", count: 8 - number.count) + number
        return Array(
            #"{"student_id":"\#(studentID(index))","name":"예행연습\#(number)","phone_number":"0009\#(padded)"}"#.utf8)
    }

    func studentID(_ index: Int) -> String { String(9_900_000_001 + index) }
    func lockerID(_ index: Int) -> Int { 1_990_000_001 + index }

    /// Opens the gate after a while.
    /// - Returns: the opening by the database's clock, in microseconds.
    func open(inMilliseconds wait: Int, _ database: Database) throws(PostgresError) -> Int64 {
        guard let opensAt = try database.run(Self.open, [.text(name), .int(wait)]).first?.timestamp(0) else {
            throw .unexpectedResult("rehearsal_open")
        }
        return opensAt.microseconds
    }

    /// How many lockers are free now.
    func freeLockers(_ database: Database) throws(PostgresError) -> Int {
        try database.run(Self.free, [.text(name)]).first?.int(0) ?? 0
    }

    /// Removes everything of it. Tried for a minute: a database that a fault took away comes back.
    func wipe(_ database: Database) throws(PostgresError) {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                _ = try database.run(Self.wipe, [.text(name)])
                return
            } catch
                where (error.isTransient || error == .refused(.foreignKeyViolation, constraint: nil))
                && ContinuousClock.now < deadline
            {
                Pause.milliseconds(200)
            }
        }
    }
}
