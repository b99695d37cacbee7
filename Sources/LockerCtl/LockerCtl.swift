internal import ArgumentParser

/// The root of the command line. Each subcommand has a file of its own.
@main
struct LockerCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockerctl",
        abstract: "사물함 예약 서버를 운영하는 명령입니다.",
        version: "0.1.0",
        subcommands: []
    )
}
