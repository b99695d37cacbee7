internal import ArgumentParser
internal import JSON
internal import Operations

struct PeriodShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "지금 또는 다음 신청 기간과 남은 시간을 봅니다.")
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(.period) { PeriodText.of($0.value.object ?? [:]) }
    }
}

/// The period in a sentence or two.
enum PeriodText {
    static func of(_ period: [String: JSONValue]) -> String {
        guard let opens = period["opens_at"]?.string, let closes = period["closes_at"]?.string else {
            return "신청 기간이 정해져 있지 않습니다. (신청할 수 없음)"
        }
        let span = "\(KoreanTime.show(opens)) ~ \(KoreanTime.show(closes))"
        switch period["state"]?.string {
        case "open": return "신청 중  \(span)  (마감까지 \(left(period["seconds_until_close"])))"
        case "upcoming": return "시작 전  \(span)  (시작까지 \(left(period["seconds_until_open"])))"
        default: return "마감됨   \(span)"
        }
    }

    private static func left(_ seconds: JSONValue?) -> String {
        KoreanTime.duration(seconds: Int(seconds?.integer ?? 0))
    }
}
