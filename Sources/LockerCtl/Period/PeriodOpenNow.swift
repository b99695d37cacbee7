internal import ArgumentParser
internal import JSON
internal import Operations

struct PeriodOpenNow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "open-now", abstract: "신청을 지금 시작합니다.")

    @Option(help: "마감 시각. 다음 신청 기간이 있으면 생략할 수 있습니다. \(Instant.help)") var closes: Instant?
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.openPeriod(closes: closes?.text)) {
            "신청 시작. 마감: \(KoreanTime.show($0.result["closes_at"].string))"
        }
    }
}
