internal import ArgumentParser

struct LocationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "location", abstract: "사물함이 있는 위치를 관리합니다.",
        subcommands: [LocationList.self, LocationAdd.self, LocationRename.self, LocationRemove.self])
}
