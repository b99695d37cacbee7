internal import ArgumentParser
internal import Operations

struct LocationRename: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rename", abstract: "위치의 이름을 바꿉니다.")

    @Argument(help: "위치 번호 (location list에 있습니다)") var id: Int
    @Argument(help: "새 이름") var name: String
    @OptionGroup var change: ChangeOptions

    func run() throws { try change.perform(.renameLocation(id, to: name)) { _ in "위치 \(id)번의 이름: ‘\(name)’." } }
}
