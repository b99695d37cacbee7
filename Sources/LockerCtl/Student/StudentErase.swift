internal import ArgumentParser
internal import Operations

struct StudentErase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "학생의 개인정보를 지웁니다. 되돌릴 수 없습니다.",
        discussion: """
            계정, 로그인, 배정, 명단, 지난 학기, 변경 기록에서 학번(고치기 전의 것도), 이름, 전화번호를 지웁니다. 계정이 없어도 됩니다(학기를 마감한 뒤, \
            명단에만 있는 학생). 있었던 일은 누구인지 모르는 채로 남습니다.
            """)

    @Argument(help: "학번 (옛 서버에서 온 10자리가 아닌 것도)") var student: AnyStudentID
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.eraseStudent(student.text)) {
            "개인정보 삭제. 익명으로 남는 결정 기록 \($0.result["decisions"].shown)건, 지난 학기 배정 \($0.result["archived"].shown)건. "
                + "되돌릴 수 없음."
        }
    }
}
