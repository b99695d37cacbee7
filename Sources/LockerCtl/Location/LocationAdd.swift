internal import ArgumentParser
internal import Operations

struct LocationAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "위치를 더합니다.")

    @Argument(help: "위치 이름, 예: \"정보관 2층\"") var name: String
    @OptionGroup var change: ChangeOptions

    func run() throws {
        try change.perform(.addLocation(name)) { "위치 \($0.result["location_id"].shown)번 추가: ‘\(name)’." }
    }
}
