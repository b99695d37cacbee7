internal import ArgumentParser
internal import Operations

struct StudentPhone: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phone", abstract: "학생의 전화번호를 고칩니다.", discussion: "학생은 다시 로그인해야 합니다.")

    @Argument(help: "학번") var student: StudentID
    @Argument(help: "새 전화번호") var phone: PhoneNumber
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.changePhone(of: student.text, to: phone.digits)) { _ in
            "\(student.text) 학생의 전화번호: \(Phone.shown(phone.digits))."
        }
    }
}
