internal import ArgumentParser

struct RosterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roster", abstract: "신청할 수 있는 학생의 명단을 관리합니다.",
        subcommands: [RosterImport.self, RosterList.self, RosterExport.self, RosterDiff.self])
}
