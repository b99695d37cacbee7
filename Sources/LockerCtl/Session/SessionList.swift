internal import ArgumentParser
internal import Operations

struct SessionList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "살아 있는 로그인을 봅니다.")

    @Option(help: "이 학번만") var student: StudentID?
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(
            .sessions(of: student?.text), empty: "살아 있는 로그인이 없습니다.",
            [
                .text("학번", "student_id"), .text("이름", "name"), .instant("로그인", "issued_at"),
                .instant("만료", "expires_at"), .text("기기", "user_agent"), .text("네트워크", "ip"),
            ])
    }
}
