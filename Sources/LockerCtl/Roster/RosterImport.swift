internal import ArgumentParser
internal import JSON
internal import Operations

struct RosterImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "명단을 CSV의 것으로 바꿉니다.",
        discussion: """
            열 이름(순서는 상관없음): 학번(student_id), 이름(name), 전화번호(phone_number), 있어도 되는 열: 대상(eligible, 예/아니오), \
            사유(reason). UTF-8과 CP949(Excel)를 모두 읽습니다. 잘못된 행이 하나라도 있으면 모두 알려 주고 아무것도 가져오지 \
            않습니다. 명단에서 빠졌거나 고쳐진 학생은 로그아웃됩니다. --add는 파일의 학생만 더하거나 고치고 나머지는 그대로 둡니다. 계정은 학생이 처음 \
            로그인할 때 만들어집니다. 무엇이 바뀌는지 먼저 보여 주고 물어봅니다.
            """)

    @Argument(help: "CSV 파일 (-는 표준 입력)") var file: String
    @Flag(help: "명단을 바꾸지 않고, 파일의 학생을 더하거나 고칩니다.") var add = false
    @OptionGroup var change: ChangeOptions

    func run() throws {
        var entries: [RosterEntry] = []
        try command { entries = try RosterFile.read(try InputFile.read(file)) }
        try change.perform(
            .importRoster(entries, source: InputFile.name(file), adding: add), asking: .changes,
            summary: RosterText.summary)
    }
}

enum RosterText {
    static func summary(_ report: ActReport) -> String {
        "명단: 새로 \(report.result["new"].shown)명, 바뀜 \(report.result["changed"].shown)명, 빠짐 \(report.result["gone"].shown)명. "
            + "로그아웃 \(report.result["sessions"].shown)건. 모두 \(report.result["total"].shown)명."
    }
}
