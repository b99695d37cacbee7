internal import ArgumentParser
internal import Operations

struct SessionRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "로그인을 끝냅니다.", discussion: "되돌릴 수 없습니다. 학생은 다시 로그인하면 됩니다.")

    @Option(help: "이 학번의 로그인") var student: StudentID?
    @Flag(help: "모든 학생의 로그인") var all = false
    @OptionGroup var change: ChangeOptions

    func validate() throws {
        if (student != nil) == all { throw ValidationError("--student 학번이나 --all 가운데 하나만 주세요.") }
    }

    func run() throws {
        try change.perform(.revokeSessions(of: student?.text)) {
            "\(student.map { "\($0.text) 학생" } ?? "모든 학생")의 로그인 \($0.result["sessions"].shown)개 종료."
        }
    }
}
