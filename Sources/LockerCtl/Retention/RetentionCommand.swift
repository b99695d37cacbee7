internal import ArgumentParser

struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "보관 기간이 지난 개인정보를 지웁니다.", subcommands: [RetentionRun.self])
}
