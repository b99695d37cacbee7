internal import ArgumentParser
internal import Operations

struct LocationList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "위치와 위치별 사물함 수를 봅니다.")
    @OptionGroup var report: ReportOptions

    func run() throws { try report.show(.locations, empty: "위치가 없습니다.", Self.columns) }

    static var columns: [Column] {
        [
            .number("번호", "location_id"), .text("위치", "name"), .number("전체", "total"), .number("비어 있음", "available"),
            .number("선점 중", "held"), .number("확정", "confirmed"), .number("사용 중지", "disabled"),
        ]
    }
}
