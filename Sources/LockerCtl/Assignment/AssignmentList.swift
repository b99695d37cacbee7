internal import ArgumentParser
internal import Operations

struct AssignmentList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "배정 현황을 봅니다.")

    @Option(help: "이 위치 번호만") var location: Int?
    @Flag(help: "반납과 만료까지 모두") var history = false
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(.assignments(location: location, history: history), empty: "배정된 사물함이 없습니다.", Self.columns)
    }

    static var columns: [Column] {
        [
            .number("사물함", "locker_id"), .text("위치", "location"), .text("학번", "student_id"), .text("이름", "name"),
            .phone("전화번호", "phone_number"), .state("상태", "state"), .instant("신청", "created_at"),
            .instant("확정", "confirmed_at"),
        ]
    }
}
