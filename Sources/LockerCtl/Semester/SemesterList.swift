internal import ArgumentParser
internal import JSON
internal import Operations

struct SemesterList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "마감한 학기들을 봅니다.")
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(
            .semesters, empty: "마감한 학기가 없습니다.",
            [
                .text("학기", "name"), .instant("마감", "closed_at"), .number("사물함", "lockers"), .number("확정", "confirmed"),
                .number("학생", "students"),
                Column(heading: "개인정보") {
                    $0["anonymous_since"]?.string == nil
                        ? "\(KoreanTime.show($0["keep_until"]?.string))까지" : "지워짐"
                },
            ])
    }
}
