internal import ArgumentParser
internal import Operations

struct StudentRename: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "학생의 이름을 고칩니다.", discussion: "학생은 다시 로그인해야 합니다.")

    @Argument(help: "학번") var student: StudentID
    @Argument(help: "새 이름") var name: PersonName
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.renameStudent(student.text, to: name.text)) { _ in "\(student.text) 학생의 이름: \(name.text)." }
    }
}
