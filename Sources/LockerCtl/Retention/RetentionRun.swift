internal import ArgumentParser
internal import JSON
internal import Operations

struct RetentionRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "보관 기간이 지난 것을 지금 지웁니다.",
        discussion: """
            마감한 학기의 보관 기간(semester close --keep-days)이 지나면 보관된 배정과 결정 기록에서, 변경 기록의 기간이 지나면 그 기록에서 \
            누구였는지를 지웁니다. 다른 변경 명령도 이때 함께 지우지만, 이 명령은 아무것도 바꾸지 않는 날을 위해 매일 저절로 실행됩니다. \
            이미 정해진 기간에 따르므로 묻지 않고, 되돌릴 수 없습니다. 지울 것이 없으면 아무것도 하지 않고 기록도 남기지 않습니다.
            """)

    @Option(help: "왜 지우는지. 기록에 남습니다.") var reason = "보관 기간이 지남"
    @Flag(help: "무엇을 지울지 보여 주기만 하고 지우지 않습니다.") var dryRun = false
    @Flag(help: "JSON으로 보여 줍니다.") var json = false

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason이 비어 있습니다.") }
    }

    func run() throws {
        try command {
            let mode: Operator.Mode =
                dryRun ? .rehearse : .perform(reason: reason, user: Change.user, agreed: nil)
            let done = try Connection.operations().forgetWhatIsDue(mode)
            Console.say(json ? done.text : Self.text(done, dryRun: dryRun))
        }
    }

    /// What was forgotten, in words.
    static func text(_ done: Document, dryRun: Bool) -> String {
        let semesters = if case .array(let names) = done["semesters"] { names.map(\.shown) } else { [String]() }
        let acts = done["acts"].integer ?? 0
        var lines: [String] = []
        if !semesters.isEmpty {
            lines.append(
                "학기 \(semesters.map { "‘\($0)’" }.joined(separator: ", ")): 보관된 배정 \(done["assignments"].shown)건과 결정 기록에서 "
                    + "누구였는지를 지웁니다.")
        }
        if acts > 0 { lines.append("변경 기록 \(acts)건에서 바뀌기 전후의 내용과 누구였는지를 지웁니다.") }
        if lines.isEmpty {
            lines.append("보관 기간이 지난 것이 없습니다.")
        } else {
            let audit = done["audit_id"].shown
            lines.append(dryRun ? "[미리 보기] 아직 아무것도 지우지 않았습니다." : "지웠습니다. 기록 \(audit)번.")
        }
        if let next = done["next"].string { lines.append("다음에 지울 때: \(KoreanTime.show(next))") }
        return lines.joined(separator: "\n")
    }
}
