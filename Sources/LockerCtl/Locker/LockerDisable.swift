internal import ArgumentParser
internal import Operations

struct LockerDisable: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "disable", abstract: "사물함을 사용 중지합니다. (고장 등)")

    @Argument(help: "사물함 번호") var locker: LockerNumber
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.disable(locker: locker.number, true)) { _ in "사물함 \(locker.number)번 사용 중지." }
    }
}
