internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Operations

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "서버와 자료에 이상이 없는지 살피고, 고칩니다.",
        discussion: """
            손으로 친 SQL이 남긴 어긋남, 데이터베이스의 구조(sqitch status)와 권한, 남은 임시 데이터베이스, 시계, 인증서, JWT 비밀, pg_dump의 \
            버전을 봅니다. --fix는 자료의 어긋남만 고치고 기록을 남깁니다. 배정이나 로그인이 없어지면 먼저 물어봅니다. 남은 문제가 있으면 종료 코드 4.
            """)

    @Flag(help: "자료의 어긋남을 고칩니다. (--reason 필요)") var fix = false
    @Option(help: "왜 고치는지. 기록에 남습니다.") var reason: String?
    @Flag(help: "--fix가 무엇을 고칠지 보여 주기만 합니다.") var dryRun = false
    @Flag(name: .shortAndLong, help: "묻지 않고 고칩니다. (스크립트용)") var yes = false
    @Option(help: "인증서 파일. 없으면 LOCKER_HTTPS_URL의 서버에 물어봅니다.") var certificate: String?
    @Flag(help: "JSON으로 보여 줍니다.") var json = false

    func validate() throws {
        if fix, !dryRun, (reason ?? "").allSatisfy(\.isWhitespace) {
            throw ValidationError("--fix에는 --reason \"이유\"가 필요합니다. 무엇이 바뀌는지만 보려면 --dry-run을 쓰세요.")
        }
    }

    func run() throws {
        var findings: [Finding] = []
        try command {
            let operations = try Connection.operations()
            if fix, !(try operations.read(.drift).rows.isEmpty) { try mend() }
            findings = DatabaseChecks.drift(try operations.read(.drift).rows)
            let before = Date()
            let facts = try operations.read(.facts)
            // Half of the way there and back belongs to neither clock.
            let clock = (before.timeIntervalSince1970 + Date().timeIntervalSince1970) / 2
            findings += DatabaseChecks.facts(facts.value.object ?? [:], clock: Int64(clock * 1000))
            findings.append(SqitchStatus.ask(try Connection.string("DB_OPERATOR_URL")))
            findings.append(DumpVersion.ask(try Connection.string("DB_OPERATOR_URL")))
            let environment = ProcessInfo.processInfo.environment
            findings.append(MachineChecks.certificate(file: certificate, url: environment["LOCKER_HTTPS_URL"]))
            findings.append(MachineChecks.secret(environment))
            show(findings)
        }
        if findings.contains(where: { $0.grade == .problem }) { throw Ending.findings }
    }

    private func mend() throws {
        let report = try Change(reason: reason ?? "", dryRun: dryRun, yes: yes).perform(.mend, summary: Self.summary)
        if json { return }
        for line in ChangeText.lines(report.changes) { Console.say(line) }
        let ending = report.auditID.map { "기록 \($0)번." } ?? "(아직 아무것도 바꾸지 않았습니다)"
        Console.say("\(dryRun ? "[미리 보기]" : "[완료]") \(Self.summary(report)) \(ending)")
    }

    private static func summary(_ report: ActReport) -> String {
        let mended = (report.result["mended"].object ?? [:]).values.reduce(0) { $0 + ($1.integer ?? 0) }
        return "어긋난 곳 \(mended)군데 고침."
    }

    private func show(_ findings: [Finding]) {
        guard json else { return Console.say(findings.map(\.line).joined(separator: "\n")) }
        struct Row: Encodable { let grade, subject, text: String }
        let rows = findings.map { Row(grade: $0.grade.rawValue, subject: $0.subject, text: $0.text) }
        let data = (try? JSONEncoder().encode(rows)) ?? Data("[]".utf8)
        Console.say(String(decoding: data, as: UTF8.self))
    }
}
