internal import ArgumentParser

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "누가 무엇을 왜 바꾸었는지 봅니다.",
        subcommands: [AuditList.self, AuditShow.self])
}
