internal import ArgumentParser

/// The root of the command line. Each subcommand has a file of its own.
@main
struct LockerCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockerctl",
        abstract: "사물함 예약 서버를 운영하는 명령입니다.",
        discussion: "데이터베이스 주소는 환경 변수 DB_OPERATOR_URL에서 읽습니다. 자세한 안내: docs/operations.ko.md",
        version: "0.1.0",
        subcommands: [
            Status.self, PeriodCommand.self, LockerCommand.self, LocationCommand.self, AssignmentCommand.self,
            Assign.self, Release.self, Move.self, SessionCommand.self, AuditCommand.self, Undo.self, RosterCommand.self,
            StudentCommand.self, SemesterCommand.self, Backup.self, Restore.self, Doctor.self, AdoptCommand.self,
            Stats.self,
            VerifyCommand.self,
            RehearseCommand.self,
            SetupCommand.self,
        ]
    )
}
