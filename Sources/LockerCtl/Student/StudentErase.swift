internal import ArgumentParser
internal import Operations

struct StudentErase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "학생의 개인정보를 지웁니다. 되돌릴 수 없습니다.",
        discussion: "계정, 로그인, 배정, 명단, 변경 기록에서 학번, 이름, 전화번호를 지웁니다. 있었던 일은 누구인지 모르는 채로 남습니다.")

    @Argument(help: "학번") var student: StudentID
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.eraseStudent(student.text)) {
            "개인정보를 지웁니다. 익명으로 남는 기록 \($0.result["decisions"].shown)건. 되돌릴 수 없습니다."
        }
    }
}
