internal import ArgumentParser

/// The root of the command line. Each subcommand has a file of its own.
@main
struct LockerCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockerctl",
        abstract: "사물함 예약 서버를 운영하는 명령입니다.",
        discussion: """
            데이터베이스 주소는 환경 변수 DB_OPERATOR_URL에서 읽습니다. 자세한 안내: docs/operations.ko.md

            바꾸는 명령은 모두 --reason "이유"가 필요하고, --dry-run으로 미리 볼 수 있으며, 무엇이 없어질 때와 목록을 가져올 때는 건수를 \
            물어봅니다(--yes는 묻지 않음). 바꾼 것은 audit list에 남고 undo로 되돌립니다.

            종료 코드: 0 성공, 1 규칙이나 파일 때문에 하지 않음, 2 데이터베이스에 연결할 수 없거나 바쁨, 3 확인하지 않아 그만둠, \
            4 doctor, verify, rehearse가 문제를 찾음, 5 데이터베이스의 구조나 권한이 맞지 않음, 64 잘못 쓴 명령. 1과 3, 64에서는 아무것도 바뀌지 않았습니다. \
            2에서는 답을 받지 못했다는 말이 있을 때만 audit list로 확인하세요. doctor --fix는 고칠 수 있는 것을 고친 뒤 남은 문제를 4로 알립니다.
            """,
        version: "0.2.0",
        subcommands: [
            Status.self, PeriodCommand.self, LockerCommand.self, LocationCommand.self, AssignmentCommand.self,
            Assign.self, Release.self, Move.self, SessionCommand.self, AuditCommand.self, Undo.self, RosterCommand.self,
            StudentCommand.self, SemesterCommand.self, RetentionCommand.self, Backup.self, Restore.self, Doctor.self,
            AdoptCommand.self,
            Stats.self,
            VerifyCommand.self,
            RehearseCommand.self,
            SetupCommand.self,
        ]
    )
}
