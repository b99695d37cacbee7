internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Operations
internal import Postgres

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "지금 서버가 어떤지 한눈에 봅니다.", discussion: "--watch는 Ctrl-C로 끝냅니다.")

    @Flag(help: "화면을 계속 새로 그립니다.") var watch = false
    @Option(help: "--watch에서 몇 초마다 그릴지") var every = 2
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if every < 1 || every > 3600 { throw ValidationError("--every는 1초 이상 3600초 이하입니다.") }
    }

    func run() throws {
        try command {
            let operations = try Connection.operations()
            if !watch { return Console.say(picture(try operations.read(.status))) }
            while true {
                let text: String
                do {
                    text = picture(try operations.read(.status))
                } catch OperationError.database(let error) where error.isTransient {
                    // A restart is just what one watches.
                    text = Failure(.database(error)).message
                }
                // Home, clear to the end of the screen: no flicker. Into a file, one picture after the other.
                Console.say((Console.isTerminal ? "\u{1B}[H\u{1B}[2J" : "") + text)
                Thread.sleep(forTimeInterval: Double(every))
            }
        }
    }

    private func picture(_ document: Document) -> String {
        let disk = DiskRoom.left(document)
        return report.json ? StatusText.json(document, disk: disk) : StatusText.of(document, disk: disk)
    }
}
