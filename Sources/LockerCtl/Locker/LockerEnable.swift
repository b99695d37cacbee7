internal import ArgumentParser
internal import Operations

struct LockerEnable: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "enable", abstract: "사물함을 다시 쓸 수 있게 합니다.")

    @Argument(help: "사물함 번호") var locker: LockerNumber
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.disable(locker: locker.number, false)) { _ in "사물함 \(locker.number)번 사용 중지 해제." }
    }
}
