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
        guard watch else { return try report.show(.status, render: StatusText.of) }
        try command {
            let operations = try Connection.operations()
            while true {
                let text: String
                do {
                    let document = try operations.read(.status)
                    text = report.json ? document.text : StatusText.of(document)
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
}

/// The state of the server in words.
enum StatusText {
    static func of(_ document: Document) -> String {
        let lockers = document["lockers"].object ?? [:]
        let decisions = document["decisions_last_minute"].object ?? [:]
        let places = document["locations"].objects
        let workers = document["worker_connections"].integer ?? 0
        var lines = [
            "신청 기간  " + PeriodText.of(document["period"].object ?? [:]),
            "사물함     전체 \(number(lockers, "total"))  비어 있음 \(number(lockers, "available"))  선점 중 \(number(lockers, "held"))  "
                + "확정 \(number(lockers, "confirmed"))  사용 중지 \(number(lockers, "disabled"))",
            "최근 1분   결정 \(number(decisions, "all"))  선점 성공 \(number(decisions, "held"))  확정 \(number(decisions, "confirmed"))  "
                + "늦음 \(number(decisions, "taken"))",
            "워커       " + (workers > 0 ? "데이터베이스 연결 \(workers)개" : "연결이 없습니다! 워커가 꺼져 있거나 아직 요청을 받지 않았습니다."),
            "데이터베이스  구조 \(document["schema"].shown)  연결 \(document["connections"].shown)/\(document["connections_limit"].shown)"
                + "  크기 \(size(document["database_bytes"].integer))\(disk(document))",
        ]
        if !places.isEmpty { lines += ["", Column.table(places, LocationList.columns).text] }
        return lines.joined(separator: "\n")
    }

    private static func number(_ object: [String: JSONValue], _ name: String) -> String { object[name]?.shown ?? "-" }

    private static func size(_ bytes: Int64?) -> String {
        guard let bytes else { return "-" }
        return bytes >= 1 << 30 ? "\(bytes >> 30) GB" : "\(bytes >> 20) MB"
    }

    /// The room left where the data lie: only when the server is this machine's own.
    private static func disk(_ document: Document) -> String {
        guard document["local_server"] == .bool(true), let folder = document["data_directory"].string else { return "" }
        var figures = statvfs()
        guard statvfs(folder, &figures) == 0 else { return "" }
        return "  디스크 남음 \(size(Int64(figures.f_bavail) * Int64(figures.f_frsize)))"
    }
}
