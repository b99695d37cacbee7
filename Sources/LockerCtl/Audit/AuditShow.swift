internal import ArgumentParser
internal import JSON
internal import Operations

struct AuditShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "기록 하나에서 바뀐 것을 모두 봅니다.")

    @Argument(help: "기록 번호 (audit list에 있습니다)") var id: Int
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(.auditEntry(id)) { document in
            guard let act = document.rows.first else { throw Failure("기록 \(id)번이 없습니다.") }
            var lines = [
                "기록 \(id)번  \(KoreanTime.show(act["at"]?.string))  \(act["os_user"]?.shown ?? "") (\(act["db_role"]?.shown ?? ""))",
                "명령  \(act["command"]?.shown ?? "") \(AuditText.arguments(act["arguments"]))",
                "이유  \(act["reason"]?.shown ?? "")",
            ]
            if !AuditText.remark(act).isEmpty { lines.append("비고  \(AuditText.remark(act))") }
            lines += ChangeText.lines(act["changes"]?.objects ?? [])
            return lines.joined(separator: "\n")
        }
    }
}
