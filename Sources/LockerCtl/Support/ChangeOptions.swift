internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Operations

/// What every command that changes something has in common: why, whether for real, and whether it may go ahead.
struct ChangeOptions: ParsableArguments {
    @Option(name: .long, help: "왜 바꾸는지. 기록에 남습니다. (--dry-run이 아니면 꼭 필요합니다)")
    var reason: String?

    @Flag(name: .long, help: "무엇이 바뀔지 보여 주기만 하고 바꾸지 않습니다.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "묻지 않고 진행합니다. (스크립트용)")
    var yes = false

    @Flag(name: .long, help: "결과를 JSON으로 보여 줍니다.")
    var json = false

    func validate() throws {
        if !dryRun, (reason ?? "").allSatisfy(\.isWhitespace) {
            throw ValidationError("--reason \"이유\"가 필요합니다. 무엇이 바뀌는지만 보려면 --dry-run을 쓰세요.")
        }
    }

    /// Tries the act, asks when it takes something away, and does it.
    /// - Parameter summary: the result in a sentence, from the act's answer
    func perform(_ act: Act, summary: (ActReport) -> String) throws {
        try command {
            let operations = try Connection.operations()
            if dryRun { return show(try operations.perform(act, .rehearse), summary) }
            var agreed: Int?
            if act.destroys, !yes {
                let preview = try operations.perform(act, .rehearse)
                if preview.destroyed > 0 {
                    try Confirmation.ask(preview, summary(preview))
                    agreed = preview.destroyed
                }
            }
            let mode = Operator.Mode.perform(reason: reason ?? "", user: Self.user, agreed: agreed)
            show(try operations.perform(act, mode), summary)
        }
    }

    private func show(_ report: ActReport, _ summary: (ActReport) -> String) {
        if json {
            let audit = report.auditID.map(String.init) ?? "null"
            Console.say(
                "{\"dry_run\":\(dryRun),\"audit_id\":\(audit),\"destroyed\":\(report.destroyed),"
                    + "\"result\":\(report.result.text),\"changes\":\(report.changes.text)}")
            return
        }
        if dryRun {
            for line in ChangeText.lines(report.changes) { Console.say(line) }
            Console.say("[미리 보기] \(summary(report)) 아직 아무것도 바꾸지 않았습니다.")
        } else {
            Console.say(summary(report))
            let number = report.auditID.map(String.init) ?? ""
            // An act without images (sessions ended, a person forgotten) cannot be taken back.
            let undo = report.changes.rows.isEmpty ? "" : " 되돌리려면: lockerctl undo \(number) --reason \"…\""
            Console.say("기록 \(number)번.\(undo)")
        }
    }

    /// The account of this machine; the person behind a sudo.
    static var user: String {
        let environment = ProcessInfo.processInfo.environment
        let name = NSUserName()
        if let person = environment["SUDO_USER"], person != name, !person.isEmpty { return "\(person) (sudo \(name))" }
        return name.isEmpty ? "uid \(getuid())" : name
    }
}

/// The question before something is taken away.
enum Confirmation {
    /// Shows what goes, and wants the number of it typed.
    static func ask(_ report: ActReport, _ summary: String) throws(Failure) {
        let lines = ChangeText.lines(report.changes)
        for line in lines.prefix(20) { Console.note(line) }
        if lines.count > 20 { Console.note("… 외 \(lines.count - 20)건 (모두 보려면 --dry-run)") }
        try ask(count: report.destroyed, summary)
    }

    static func ask(count: Int, _ summary: String) throws(Failure) {
        guard Console.isInteractive else {
            throw Failure(
                "\(count)건이 없어지는 일이라 확인이 필요합니다. 터미널에서 실행하거나, 스크립트라면 --yes를 붙이세요. 아무것도 바꾸지 않았습니다.",
                Ending.notConfirmed)
        }
        Console.note("\(summary)")
        guard let answer = Console.ask("계속하려면 없어지는 건수 \(count)을(를) 입력하세요: "), answer == String(count) else {
            throw Failure("그만두었습니다. 아무것도 바꾸지 않았습니다.", Ending.notConfirmed)
        }
    }
}
