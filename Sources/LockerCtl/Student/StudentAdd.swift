internal import ArgumentParser
internal import Operations

struct StudentAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "학생을 등록합니다.")

    @Argument(help: "학번") var student: StudentID
    @Argument(help: "이름") var name: PersonName
    @Argument(help: "전화번호") var phone: PhoneNumber
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.addStudent(student.text, name: name.text, phone: phone.digits)) { _ in
            "\(student.text) \(name.text) 학생 등록."
        }
    }
}
