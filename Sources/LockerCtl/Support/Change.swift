internal import Foundation
internal import Operations

/// One act of an operator, from the look at what it would do to what was done.
struct Change {
    /// What is asked about before it happens.
    enum Question {
        /// What it takes away.
        case losses
        /// Whatever it changes: a list, of which nobody has seen every row.
        case changes
    }

    let reason: String
    let dryRun: Bool
    let yes: Bool
    var question = Question.losses

    /// Tries the act, asks where there is something to ask, and does it; or only tries it.
    /// - Parameter summary: the result in a sentence, from the act's answer
    func perform(_ act: Act, summary: (ActReport) -> String) throws -> ActReport {
        let operations = try Connection.operations()
        if dryRun { return try operations.perform(act, .rehearse) }
        var agreed: Int?
        if !yes, act.destroys || question == .changes {
            let preview = try operations.perform(act, .rehearse)
            try Confirmation.ask(preview, summary(preview), question)
            // Also when it is none: what was not asked about may not be taken away.
            agreed = preview.destroyed
        }
        return try operations.perform(act, .perform(reason: reason, user: Self.user, agreed: agreed))
    }

    /// The account of this machine; the person behind a sudo.
    static var user: String {
        let environment = ProcessInfo.processInfo.environment
        let name = NSUserName()
        if let person = environment["SUDO_USER"], person != name, !person.isEmpty { return "\(person) (sudo \(name))" }
        return name.isEmpty ? "uid \(getuid())" : name
    }
}

/// The question before something is taken away, or before a list takes effect.
enum Confirmation {
    /// Shows what goes and wants the number of it typed; nothing is asked where nothing would happen.
    static func ask(_ report: ActReport, _ summary: String, _ question: Change.Question) throws(Failure) {
        let lines = ChangeText.lines(report.changes)
        let isLoss = report.destroyed > 0
        guard isLoss || question == .changes && !lines.isEmpty else { return }
        for line in lines.prefix(20) { Console.note(line) }
        if lines.count > 20 { Console.note("… 외 \(lines.count - 20)건 (모두 보려면 --dry-run)") }
        if isLoss { return try ask(count: report.destroyed, summary) }
        try ask(count: lines.count, summary, what: "바뀌는")
    }

    /// - Parameter what: what the count is of: `없어지는`, `바뀌는`
    static func ask(count: Int, _ summary: String, what: String = "없어지는") throws(Failure) {
        guard Console.isInteractive else {
            throw Failure(
                "\(what) 것이 \(count)건 있어 확인이 필요합니다. 터미널에서 실행하거나, 스크립트라면 --yes를 붙이세요. 아무것도 바꾸지 않았습니다.",
                Ending.notConfirmed)
        }
        Console.note("[바꾸기 전] \(summary)")
        guard let answer = Console.ask("계속하려면 \(what) 건수 \(count)을(를) 입력하세요: "), answer == String(count) else {
            throw Failure("그만두었습니다. 아무것도 바꾸지 않았습니다.", Ending.notConfirmed)
        }
    }
}
