internal import ArgumentParser
internal import JSON
internal import Operations

struct PeriodCloseNow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close-now", abstract: "신청을 지금 마감합니다.",
        discussion: "이미 선점한 학생은 선점 시간 안에 확정할 수 있습니다.")
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.closePeriod) { "신청 마감 (\(KoreanTime.show($0.result["closes_at"].string)))." }
    }
}
