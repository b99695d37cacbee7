internal import ArgumentParser
internal import JSON
internal import Operations

struct SemesterClose: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "학기를 마감합니다: 배정을 보관하고, 사물함을 모두 비우고, 계정을 지웁니다.",
        discussion: """
            신청 중이면 신청도 마감합니다. 계정(학번, 이름, 전화번호), 로그인, 명단은 지워지고 다음 학기에 다시 만들어집니다. 보관 기간 안에는 \
            semester undo로 되돌릴 수 있고, 그 뒤에는 보관된 배정에서도 누구였는지를 지웁니다. 먼저 backup을 해 두세요.
            """)

    @Argument(help: "학기 이름, 예: 2026-1") var name: String
    @Option(help: "보관 기간(일)") var keepDays = 30
    @OptionGroup var change: ChangeOptions

    func validate() throws {
        if !(1...365).contains(keepDays) { throw ValidationError("--keep-days는 1일 이상 365일 이하입니다.") }
        if name.allSatisfy(\.isWhitespace) { throw ValidationError("학기 이름이 비어 있습니다.") }
    }

    func run() throws {
        try change.perform(.closeSemester(name, keepingDays: keepDays)) { report in
            let result = report.result
            return "학기 ‘\(name)’ 마감: 확정 \(result["confirmed"].shown)건을 포함해 배정 \(result["archived"].shown)건 보관, "
                + "사물함 \(result["released"].shown)개 비움, 계정 \(result["students"].shown)개 삭제, 로그인 \(result["sessions"].shown)개 종료."
        }
    }
}
