internal import ArgumentParser

struct LockerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "locker", abstract: "사물함을 보고, 가져오고, 사용 중지합니다.",
        subcommands: [LockerList.self, LockerImport.self, LockerExport.self, LockerDisable.self, LockerEnable.self])
}
