internal import ArgumentParser
internal import Operations

struct Undo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "기록에 있는 변경 하나를 되돌립니다.",
        discussion: "그 뒤로 같은 것이 또 바뀌었으면 되돌리지 않고 무엇이 바뀌었는지 알려 줍니다.")

    @Argument(help: "기록 번호 (audit list에 있습니다)") var id: Int
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.undo(id)) {
            "기록 \(id)번(\($0.result["command"].shown))의 변경 \($0.result["changes"].shown)건 되돌림."
        }
    }
}
