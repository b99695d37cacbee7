internal import ArgumentParser
internal import Operations

struct AssignmentExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "배정 현황을 Excel에서 열리는 CSV로 내보냅니다.")

    @Option(help: "이 위치 번호만") var location: Int?
    @Flag(help: "반납과 만료까지 모두") var history = false
    @OptionGroup var output: ExportOptions

    func run() throws {
        try output.write(.assignments(location: location, history: history), AssignmentList.columns)
    }
}
