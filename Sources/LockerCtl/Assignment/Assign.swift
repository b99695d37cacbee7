internal import ArgumentParser
internal import Operations

struct Assign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "학생에게 사물함을 배정합니다.", discussion: "신청 기간이 아니어도 됩니다.")

    @Argument(help: "학번") var student: StudentID
    @Argument(help: "사물함 번호") var locker: LockerNumber
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.assign(student: student.text, locker: locker.number)) { _ in
            "사물함 \(locker.number)번 배정 (학번 \(student.text))."
        }
    }
}
