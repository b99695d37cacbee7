internal import ArgumentParser
internal import Operations

struct StudentChangeID: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change-id", abstract: "학생의 학번을 고칩니다.",
        discussion: "사물함과 지난 기록, 로그인이 따라갑니다. 그때 열려 있던 화면은 새 학번으로 다시 로그인하라고 할 수 있습니다.")

    @Argument(help: "지금 학번 (옛 서버에서 온 10자리가 아닌 것도)") var student: AnyStudentID
    @Argument(help: "새 학번") var other: StudentID
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.changeID(of: student.text, to: other.text)) {
            "학번 \(student.text) → \(other.text). 따라가는 결정 기록 \($0.result["decisions"].shown)건."
        }
    }
}
