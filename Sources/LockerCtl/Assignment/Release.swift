internal import ArgumentParser
internal import Operations

struct Release: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "사물함을 비웁니다.", discussion: "누가 쓰고 있든, 선점하고 있든 반납 처리합니다.")

    @Argument(help: "사물함 번호") var locker: LockerNumber
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.release(locker: locker.number)) {
            "사물함 \(locker.number)번 반납 (학번 \($0.result["student_id"].shown))."
        }
    }
}
