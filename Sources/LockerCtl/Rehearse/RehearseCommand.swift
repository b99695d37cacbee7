internal import ArgumentParser
internal import Curl
internal import Foundation
internal import Judge
internal import Linux
internal import Postgres

/// The storm before the storm, against a running server.
struct RehearseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "가짜 학생과 사물함으로 개시 순간을 미리 겪어 보고 판정합니다.",
        discussion: """
            실제 학생, 사물함, 신청 기간은 건드리지 않습니다. 끝나면 (Ctrl-C로 멈춰도) 만든 것을 모두 지웁니다. \
            --keep이면 남겨 두므로 lockerctl verify로 다시 따라가 볼 수 있고, --wipe나 다음 예행연습이 지웁니다. \
            합격이면 0, 불합격이면 4로 끝납니다. 데이터베이스 주소는 DB_OPERATOR_URL, 서버 주소는 --url이나 LOCKER_HTTPS_URL입니다.
            """)

    @Option(name: .long, help: "학생 수.") var students = 2000
    @Option(name: .long, help: "사물함 수.") var lockers = 600
    @Option(name: .long, help: "동시에 보내는 요청 수.") var concurrency = 64
    @Option(name: .long, help: "첫 클릭이 인기 사물함(백에 하나)에 몰리는 비율. 예: 20%") var hot = "20%"
    @Option(name: .long, help: "이 시간(초) 동안 되풀이합니다. 없으면 모든 학생이 한 번씩 합니다.") var seconds: Int?
    @Option(name: .long, help: "서버 주소. 예: https://locker.example.kr") var url: String?
    @Option(name: .long, help: "이 파일의 인증서를 믿습니다(자체 서명 인증서). 환경 변수 LOCKER_CA_FILE도 됩니다.") var caFile: String?
    @Flag(name: .long, help: "인증서를 확인하지 않습니다. 시험용 서버에만 쓰세요.") var insecure = false
    @Flag(name: .long, help: "장애를 일으키는 동안: 끊긴 응답은 실패로 치지 않고, 잃어버린 ‘성공’만 찾습니다.") var underFault = false
    @Option(name: .long, help: "우연을 되풀이할 씨앗.") var seed: UInt64 = .random(in: 0...UInt64.max)
    @Flag(name: .long, help: "끝난 뒤에도 가짜 학생, 사물함, 결정 기록을 남겨 둡니다.") var keep = false
    @Flag(name: .long, help: "남겨 둔 예행연습을 지우기만 합니다.") var wipe = false
    @Flag(name: .long, help: "JSON으로 보여 줍니다.") var json = false

    private var hotPercent: Int? { Int(hot.hasSuffix("%") ? String(hot.dropLast()) : hot) }
    private static func setting(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    private var target: String? { url ?? Self.setting("LOCKER_HTTPS_URL") }

    func validate() throws {
        func require(_ holds: Bool, _ sentence: String) throws { if !holds { throw ValidationError(sentence) } }
        try require((1...100_000).contains(students), "--students는 1부터 100000까지입니다.")
        try require((1...10_000).contains(lockers), "--lockers는 1부터 10000까지입니다.")
        try require((1...1000).contains(concurrency), "--concurrency는 1부터 1000까지입니다.")
        try require(hotPercent.map { (0...100).contains($0) } ?? false, "--hot은 0%부터 100%까지입니다.")
        try require(seconds.map { (1...3600).contains($0) } ?? true, "--seconds는 1부터 3600까지입니다.")
        try require(!(keep && wipe), "--keep과 --wipe는 함께 쓸 수 없습니다.")
        try require(wipe || target?.hasPrefix("https://") ?? false, "--url에 https://로 시작하는 서버 주소를 주세요.")
    }

    func run() throws {
        try command {
            if wipe {
                let wiped = try Cohort.wipeLeftovers(try OperatorDatabase.connect())
                return Console.say(
                    wiped.isEmpty ? "지울 예행연습이 없습니다." : "예행연습을 지웠습니다: \(wiped.joined(separator: ", ")).")
            }
            // Before libcurl and before any thread.
            let gate = try Gate()
            HTTPClient.start()
            let database = try OperatorDatabase.connect()
            let (cohort, wiped) = try Cohort.make(students: students, lockers: lockers, database: database)
            for name in wiped { Console.note("남아 있던 지난 예행연습(\(name))을 지웠습니다.") }

            let outcome = Result { try storm(cohort, gate, database) }
            // What was not judged is no use to anybody.
            if keep, gate.signal == nil, case .success = outcome {
                Console.note("예행연습(\(cohort.name))을 남겨 두었습니다. lockerctl verify로 확인하고 lockerctl rehearse --wipe로 지우세요.")
            } else {
                do {
                    try cohort.wipe(database)
                } catch {
                    Console.note("lockerctl: 예행연습(\(cohort.name))을 지우지 못했습니다: \(error). 다음 예행연습이 지웁니다.")
                }
            }
            if let signal = gate.signal {
                Console.note("lockerctl: 멈췄습니다. 만든 것은 모두 지웠습니다.")
                throw ExitCode(128 + signal.rawValue)
            }
            let report: RehearsalReport
            do {
                report = try outcome.get()
            } catch let error as PostgresError {
                throw OperatorDatabase.failure(error)
            }
            Console.say(json ? report.json : report.text)
            if !report.verdict.passes { throw Ending.findings }
        }
    }

    private func storm(_ cohort: Cohort, _ gate: Gate, _ database: Database) throws -> RehearsalReport {
        let ids = (0..<lockers).map(cohort.lockerID)
        let plan = StormPlan(
            lockers: ids, hotLockers: Array(ids.prefix(max(1, lockers / 100))), hotPercent: hotPercent ?? 0,
            seconds: seconds, concurrency: concurrency)
        // Not nil: validate() has seen it.
        var base = target ?? ""
        while base.hasSuffix("/") { base.removeLast() }
        let watch = Stopwatch()
        let storm = Storm(
            cohort: cohort, plan: plan,
            http: HTTPClient.Settings(
                base: base, certificates: caFile ?? Self.setting("LOCKER_CA_FILE"), verifies: !insecure), gate: gate,
            watch: watch,
            seed: seed)

        let signIns = try storm.signIn()
        guard signIns.failures == 0 else {
            let answers = Set(signIns.attempts.filter { $0.status != 200 }.map { "\($0.status) \($0.code ?? "")" })
                .sorted()
            throw Failure(
                "학생 \(signIns.failures)명이 로그인하지 못해 폭주를 시작하지 않았습니다. (\(answers.prefix(3).joined(separator: ", ")))",
                Ending.findings)
        }
        let wait = 1500
        let opensAt = try cohort.open(inMilliseconds: wait, database)
        let attempts = try storm.rage(signIns.tokens, opening: watch.microseconds + Int64(wait) * 1000)
        let elapsed = Double(watch.microseconds) / 1_000_000

        let record = try read(cohort, database)
        let circumstances = Verdict.Circumstances(
            cohort: cohort, plan: plan, underFault: underFault, freeLockers: try cohort.freeLockers(database),
            opensAt: opensAt)
        let verdict = Verdict(signIns: signIns, attempts: attempts, record: record, circumstances)
        return RehearsalReport(
            verdict: verdict, circumstances: circumstances, seed: seed, seconds: elapsed, target: base)
    }

    /// The cohort's ledger. A database that a fault took away gets half a minute to come back.
    private func read(_ cohort: Cohort, _ database: Database) throws -> Record {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                return try LedgerReader(database: database).record(cohort: cohort.name)
            } catch let error as PostgresError where error.isTransient && ContinuousClock.now < deadline {
                Pause.milliseconds(200)
            }
        }
    }
}
