internal import ArgumentParser
internal import JSON
internal import Operations

struct PeriodSet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "신청 기간을 정합니다.",
        discussion: "진행 중이거나 다음인 기간이 있으면 그것을 바꾸고, 없으면 새로 만듭니다.")

    @Option(help: "시작 시각. \(Instant.help)") var opens: Instant
    @Option(help: "마감 시각. \(Instant.help)") var closes: Instant
    @Flag(help: "시작 시각이 이미 지났어도, 지금 받고 있는 신청이 그쳐도 받아들입니다.") var force = false
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.setPeriod(opens: opens.text, closes: closes.text, force: force)) { report in
            "신청 기간: \(KoreanTime.show(report.result["opens_at"].string)) ~ \(KoreanTime.show(report.result["closes_at"].string))"
        }
    }
}
