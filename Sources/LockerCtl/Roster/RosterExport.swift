internal import ArgumentParser
internal import Operations

struct RosterExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "명단을 CSV로 내보냅니다.", discussion: "고친 뒤 roster import로 다시 가져올 수 있는 모양입니다.")
    @OptionGroup var output: ExportOptions

    func run() throws { try output.write(.roster(ineligibleOnly: false), RosterList.columns) }
}
