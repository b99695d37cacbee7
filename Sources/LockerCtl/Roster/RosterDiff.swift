internal import ArgumentParser
internal import Operations

struct RosterDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "CSV와 지금 명단이 어떻게 다른지만 봅니다.")

    @Argument(help: "CSV 파일 (-는 표준 입력)") var file: String
    @Flag(help: "JSON으로 보여 줍니다.") var json = false

    func run() throws {
        try command {
            let entries = try RosterFile.read(try InputFile.read(file))
            let act = Act.importRoster(entries, source: InputFile.name(file))
            let report = try Connection.operations().perform(act, .rehearse)
            if json {
                return Console.say("{\"result\":\(report.result.text),\"changes\":\(report.changes.text)}")
            }
            for line in ChangeText.lines(report.changes) { Console.say(line) }
            Console.say(report.changes.rows.isEmpty ? "지금 명단과 같습니다." : RosterText.summary(report))
        }
    }
}
