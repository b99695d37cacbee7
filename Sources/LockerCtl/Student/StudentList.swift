internal import ArgumentParser
internal import Operations

struct StudentList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "가입한 학생을 모두 봅니다.")
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(
            .students, empty: "가입한 학생이 없습니다.",
            [
                .text("학번", "student_id"), .text("이름", "name"), .phone("전화번호", "phone_number"),
                .number("사물함", "locker_id"),
                .instant("가입", "created_at"),
            ])
    }
}
