internal import ArgumentParser
internal import Operations

struct SemesterShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "지난 학기에 누가 어느 사물함을 썼는지 봅니다.")

    @Argument(help: "학기 이름") var name: String
    @Flag(help: "반납과 만료까지 모두") var history = false
    @OptionGroup var report: ReportOptions

    func run() throws {
        try command {
            if try Connection.operations().read(.semester(name)).rows.isEmpty { throw Failure("‘\(name)’ 학기가 없습니다.") }
        }
        try report.show(
            .semesterAssignments(name, history: history), empty: "배정이 없었던 학기입니다.",
            [
                .number("사물함", "locker_id"), .text("위치", "location"), .text("학번", "student_id"), .text("이름", "name"),
                .state("상태", "state"), .instant("확정", "confirmed_at"),
            ])
    }
}
