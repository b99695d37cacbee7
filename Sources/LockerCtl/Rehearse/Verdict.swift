internal import Judge

/// What came of a storm, and whether it passes.
struct Verdict {
    /// How long requests took, in microseconds.
    struct Latency: Equatable {
        let count: Int
        let p50: Int64
        let p95: Int64
        let p99: Int64
        let max: Int64

        /// Nil without any.
        init?(_ attempts: [Attempt]) {
            let sorted = attempts.map { $0.end - $0.start }.sorted()
            guard let last = sorted.last else { return nil }
            func rank(_ share: Double) -> Int64 {
                sorted[Swift.min(sorted.count - 1, Int(Double(sorted.count) * share))]
            }
            count = sorted.count
            (p50, p95, p99, max) = (rank(0.50), rank(0.95), rank(0.99), last)
        }
    }

    /// What a run wants to be judged by.
    struct Circumstances {
        let cohort: Cohort
        let plan: StormPlan
        /// Faults are being made: an outage is no failure, a lost "yes" still is.
        let underFault: Bool
        /// How many of the cohort's lockers are free afterwards.
        let freeLockers: Int
        /// The opening by the database's clock.
        let opensAt: Int64
    }

    /// What `lockerctl verify` says of the cohort's rows. Its counterexamples are among all others below.
    let ledger: LedgerJudge.Judgement
    let latencies: [(kind: Attempt.Kind, latency: Latency)]
    /// `hold 201`, `hold 409 locker_taken`, … and how often.
    let statuses: [(name: String, count: Int)]
    /// Decisions in a second, from the first to the last in the ledger.
    let decisionsPerSecond: Int
    let requestsPerSecond: Int
    let requests: Int
    /// Of those, about lockers without an answer that decides.
    let unanswered: Int
    /// Lockers that were won at least once, by the answers.
    let lockersWon: Int
    /// Students who end with a locker, by the database.
    let studentsServed: Int
    let counterexamples: [Counterexample]
    /// Why it does not pass, each a sentence.
    let failures: [String]

    var passes: Bool { failures.isEmpty }
    var figures: LedgerJudge.Figures { ledger.figures }

    init(signIns: Storm.SignIns, attempts: [Attempt], record: Record, _ circumstances: Circumstances) {
        let operations = attempts.operations(circumstances.cohort)
        let holdSeconds = Self.holdSeconds(record)
        ledger = LedgerJudge(record).judge()
        let answers = AnswerJudge(operations, holdSeconds: holdSeconds, ledger: record.decisions)
        counterexamples =
            ledger.counterexamples
            + answers.agreement(
                with: record.decisions, opensAt: circumstances.opensAt, losersMayBeMissing: circumstances.underFault)
            + answers.linearizability()

        let all = signIns.attempts + attempts
        latencies = Attempt.Kind.allCases.compactMap { kind in
            Latency(all.filter { $0.kind == kind && $0.status > 0 && $0.status < 500 }).map { (kind, $0) }
        }
        statuses = Dictionary(grouping: all, by: Self.name).map { (name: $0.key, count: $0.value.count) }
            .sorted { ($0.name) < ($1.name) }
        requests = attempts.count
        unanswered = attempts.count { $0.kind.act != nil && $0.answer == .unknown }
        lockersWon = Set(attempts.filter { $0.kind == .hold && $0.status == 201 }.map(\.lockerID)).count
        studentsServed = Set(record.assignments.filter { $0.state == .confirmed }.map(\.studentID)).count
        // From the opening on: the impatient ones before it are no storm.
        let decided = record.decisions.map(\.decidedAt).filter { $0 >= circumstances.opensAt }
        decisionsPerSecond = Self.rate(decided.count, decided.min(), decided.max())
        requestsPerSecond = Self.rate(
            attempts.count, attempts.filter { $0.status != 403 }.map(\.start).min(), attempts.map(\.end).max())
        failures =
            Self.storms(
                signIns, attempts, circumstances, winners: ledger.figures.winners,
                losers: ledger.figures.losers)
            + Self.service(attempts, circumstances, served: studentsServed)
            + (counterexamples.isEmpty ? [] : ["반례가 \(counterexamples.count)건 있습니다. 보장이 깨졌습니다."])
    }

    private static func rate(_ count: Int, _ first: Int64?, _ last: Int64?) -> Int {
        guard let first, let last, last > first else { return 0 }
        return Int(Int64(count) * 1_000_000 / (last - first))
    }

    private static func name(_ attempt: Attempt) -> String {
        "\(attempt.kind.rawValue) \(attempt.status == 0 ? "no answer" : String(attempt.status))"
            + (attempt.code.map { " \($0)" } ?? "")
    }

    /// How long this server's holds last, as its assignments say.
    private static func holdSeconds(_ record: Record) -> Int {
        let lifetimes = record.assignments.compactMap { row in row.holdExpiresAt.map { $0 - row.createdAt } }
        return Int(((lifetimes.max() ?? 60_000_000) + 500_000) / 1_000_000)
    }

    /// Whether it was a storm at all.
    private static func storms(
        _ signIns: Storm.SignIns, _ attempts: [Attempt], _ circumstances: Circumstances, winners: Int, losers: Int
    ) -> [String] {
        let (students, lockers) = (circumstances.cohort.students, circumstances.cohort.lockers)
        var failures: [String] = []
        if signIns.failures > 0 { failures.append("로그인하지 못한 학생이 \(signIns.failures)명입니다.") }
        let holds = attempts.count { $0.kind == .hold }
        let enough = circumstances.plan.seconds.map { $0 * 10 } ?? students
        if holds < enough { failures.append("요청이 너무 적었습니다: 선점 \(holds)건, 적어도 \(enough)건이어야 합니다.") }
        if winners == 0 { failures.append("아무도 선점하지 못했습니다.") }
        if students > lockers, losers == 0 { failures.append("경쟁이 없었습니다: 진 학생이 한 명도 없습니다.") }
        let throttled = attempts.count { $0.status == 429 }
        if throttled * 100 > attempts.count {
            failures.append("요청 \(throttled)건이 429였습니다. 폭주가 아니라 제한을 시험했습니다. 이 컴퓨터의 주소를 nginx의 locker_trusted에 넣어 주세요.")
        }
        return failures
    }

    /// Whether everybody was answered as he should be.
    private static func service(_ attempts: [Attempt], _ circumstances: Circumstances, served: Int) -> [String] {
        var failures: [String] = []
        let outages: Set = [0, 502, 503, 504]
        let faults = attempts.count { $0.status >= 500 && !outages.contains($0.status) }
        if faults > 0 { failures.append("서버 오류(500)가 \(faults)건 있습니다.") }
        let rude = attempts.count(where: \.lacksRetryAfter)
        if rude > 0 { failures.append("언제 다시 오라는 말(Retry-After)이 없는 429나 503이 \(rude)건 있습니다.") }
        if !circumstances.underFault {
            let out = attempts.count { outages.contains($0.status) }
            if out > 0 { failures.append("응답이 없거나 5xx인 요청이 \(out)건 있습니다.") }
            let empty = circumstances.cohort.students - served
            // Who let a hold run out has none either, but then its locker is not free.
            if !circumstances.plan.isByTime, circumstances.freeLockers > 0, empty > circumstances.freeLockers {
                failures.append("빈 사물함이 \(circumstances.freeLockers)개 있는데 \(empty)명이 빈손입니다.")
            }
        }
        let strange = Set(
            attempts.filter { !isExpected($0) && !outages.contains($0.status) && $0.status != 500 }.map(name))
        if !strange.isEmpty { failures.append("설명할 수 없는 응답: \(strange.sorted().joined(separator: ", "))") }
        return failures
    }

    private static func isExpected(_ attempt: Attempt) -> Bool {
        switch (attempt.kind, attempt.status, attempt.code) {
        case (_, 429, "too_many_requests"): true
        case (.hold, 200, nil), (.hold, 201, nil), (.hold, 403, "application_closed"): true
        case (.hold, 409, let code?): ["locker_taken", "already_holding", "already_assigned"].contains(code)
        case (.confirm, 200, nil), (.confirm, 409, "hold_not_found"): true
        case (.releaseHold, 200, nil), (.releaseHold, 404, "hold_not_found"): true
        case (.release, 200, nil), (.release, 404, "assignment_not_found"): true
        case (.list, 200, nil), (.own, 200, nil): true
        default: false
        }
    }
}
