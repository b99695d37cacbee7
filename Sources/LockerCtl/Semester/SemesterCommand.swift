internal import ArgumentParser

struct SemesterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "semester", abstract: "학기를 마감하고 지난 학기를 봅니다.",
        subcommands: [SemesterClose.self, SemesterList.self, SemesterShow.self, SemesterUndo.self])
}
