internal import ArgumentParser
internal import Operations

struct Move: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "move", abstract: "학생의 사물함을 다른 것으로 옮깁니다.")

    @Argument(help: "학번") var student: StudentID
    @Argument(help: "옮겨 갈 사물함 번호") var locker: LockerNumber
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.move(student: student.text, to: locker.number)) {
            "\(student.text) 학생의 사물함: \($0.result["from"].shown)번 → \(locker.number)번."
        }
    }
}
