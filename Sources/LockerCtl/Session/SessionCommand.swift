internal import ArgumentParser

struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "학생의 로그인을 보고 끝냅니다.",
        subcommands: [SessionList.self, SessionRevoke.self])
}
