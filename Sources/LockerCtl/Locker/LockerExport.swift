internal import ArgumentParser
internal import Operations

struct LockerExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "사물함 목록을 CSV로 내보냅니다.",
        discussion: "고친 뒤 locker import로 다시 가져올 수 있는 모양입니다.")
    @OptionGroup var output: ExportOptions

    func run() throws {
        try output.write(
            .lockers(location: nil, state: nil),
            [.text("번호", "locker_id"), .text("위치", "location"), .state("상태", "state")])
    }
}
