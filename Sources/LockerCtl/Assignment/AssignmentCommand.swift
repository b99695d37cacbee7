internal import ArgumentParser

struct AssignmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assignment", abstract: "누가 어느 사물함을 쓰는지 봅니다.",
        subcommands: [AssignmentList.self, AssignmentExport.self])
}
