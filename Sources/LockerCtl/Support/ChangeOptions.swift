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

    /// Tries the act, asks when it takes something away, does it, and shows what it did.
    /// - Parameters:
    ///   - question: `.changes` for lists, which are asked about whatever they change
    ///   - summary: what the act does, in the present and in a sentence, from its answer
    func perform(_ act: Act, asking question: Change.Question = .losses, summary: (ActReport) -> String) throws {
        try command {
            let change = Change(reason: reason ?? "", dryRun: dryRun, yes: yes, question: question)
            show(try change.perform(act, summary: summary), summary)
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
            Console.say("[미리 보기] \(summary(report)) (아직 아무것도 바꾸지 않았습니다)")
        } else {
            let number = report.auditID.map(String.init) ?? ""
            // An act without images (sessions ended, a person forgotten) cannot be taken back.
            let undo = report.changes.rows.isEmpty ? "" : " 되돌리려면: lockerctl undo \(number) --reason \"…\""
            Console.say("[완료] \(summary(report))")
            Console.say("기록 \(number)번.\(undo)")
        }
    }
}
