internal import ArgumentParser

struct PeriodCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "period", abstract: "신청 기간을 보고 정합니다.",
        subcommands: [PeriodShow.self, PeriodSet.self, PeriodCloseNow.self, PeriodOpenNow.self])
}
