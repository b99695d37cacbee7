internal import ArgumentParser
internal import Operations

struct LocationRemove: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "사물함이 없는 위치를 지웁니다.")

    @Argument(help: "위치 번호 (location list에 있습니다)") var id: Int
    @OptionGroup var change: ChangeOptions

    func run() throws { try change.perform(.removeLocation(id)) { _ in "위치 \(id)번 삭제." } }
}
