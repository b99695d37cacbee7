internal import ArgumentParser
internal import Operations

struct RosterList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "명단을 봅니다.")

    @Flag(help: "대상이 아닌 학생만") var ineligible = false
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(
            .roster(ineligibleOnly: ineligible), empty: "명단이 비어 있습니다.",
            Self.columns + [.text("가입", "registered"), .text("파일", "source_file"), .instant("가져온 때", "imported_at")])
    }

    static var columns: [Column] {
        [
            .text("학번", "student_id"), .text("이름", "name"), .phone("전화번호", "phone_number"), .text("대상", "eligible"),
            .text("사유", "reason"),
        ]
    }
}
