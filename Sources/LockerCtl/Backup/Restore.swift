internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Postgres

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "백업을 되살립니다.",
        discussion: """
            비어 있지 않은 데이터베이스는 --replace가 있어야 바꾸고, 그 전에 지금 것을 백업합니다. 새 데이터베이스가 다 만들어진 뒤 \
            한순간에 바꾸므로 실패하면 지금 것이 그대로 남습니다. 새 서버라면 먼저 migrations/roles.sql을 실행하세요.
            """)

    @Argument(help: "백업 파일 (-는 표준 입력)") var file: String
    @Flag(help: "비어 있지 않은 데이터베이스를 바꿉니다.") var replace = false
    @Option(help: "바꾸기 전에 지금 것을 백업할 파일. 없으면 locker-before-restore-<시각>.dump") var keep: String?
    @Option(help: "왜 되살리는지. 기록에 남습니다. (--dry-run이 아니면 꼭 필요합니다)") var reason: String?
    @Flag(help: "되살려 보기만 하고 바꾸지 않습니다.") var dryRun = false
    @Flag(name: .shortAndLong, help: "묻지 않고 진행합니다. (스크립트용)") var yes = false

    func validate() throws {
        if !dryRun, (reason ?? "").allSatisfy(\.isWhitespace) { throw ValidationError("--reason \"이유\"가 필요합니다.") }
    }

    func run() throws {
        try command { try Faults.translated { try restore() } }
    }

    private func restore() throws {
        let (target, name) = try Connection.named("DB_OPERATOR_URL")
        let maintenance = Maintenance(server: try Connection.string("DB_SUPERUSER_URL"))
        var place = URL(fileURLWithPath: file)
        if file == "-" {
            place = try Dump.temporary()
            try OutputFile.write(try InputFile.read("-"), to: place.path, overwrite: false)
        } else if !FileManager.default.isReadableFile(atPath: file) {
            throw Failure("파일 \(file)을(를) 읽을 수 없습니다.")
        }
        defer { if file == "-" { try? FileManager.default.removeItem(at: place.deletingLastPathComponent()) } }

        let scratch = Dump.scratchName
        var keepsScratch = false
        defer { if !keepsScratch { try? maintenance.drop(scratch) } }
        let rows = try Dump(file: place).restore(into: scratch, like: name, maintenance)
        guard rows.contains(where: { $0.table == "public.locker_info" }) else {
            throw Failure("사물함 서버의 백업이 아닙니다. (옛 서버의 것이라면 lockerctl adopt를 쓰세요)")
        }
        try maintenance.analyze(scratch)

        let present = try Self.present(target)
        let lost = present.filter { Self.data.contains($0.table) }.reduce(0) { $0 + $1.rows }
        Console.note("백업의 내용: \(Dump.sentence(rows)).")
        if lost > 0 {
            Console.note("지금 데이터베이스: \(Dump.sentence(present)).")
            guard replace else { throw Failure("지금 데이터베이스가 비어 있지 않습니다. 바꾸려면 --replace를 붙이세요.") }
        }
        if dryRun { return Console.say("[미리 보기] 되살릴 수 있는 백업입니다. 아직 아무것도 바꾸지 않았습니다.") }
        if lost > 0 {
            if !yes { try Confirmation.ask(count: lost, "지금 데이터베이스의 \(lost)행이 백업의 것으로 바뀝니다.") }
            try backUp(target, name, maintenance)
        }
        try maintenance.replace(name, by: scratch)
        keepsScratch = true
        let report = try Connection.operations().perform(
            .note("restore", ["file": InputFile.name(file)]),
            .perform(reason: reason ?? "", user: Change.user, agreed: nil))
        Console.say("되살렸습니다. \(Dump.sentence(rows)). 기록 \(report.auditID.map(String.init) ?? "")번.")
    }

    /// What is there is kept first, in a file that was checked.
    private func backUp(_ target: ConnectionString, _ name: String, _ maintenance: Maintenance) throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        let path = keep ?? "locker-before-restore-\(format.string(from: Date())).dump"
        if FileManager.default.fileExists(atPath: path) { throw Failure("\(path) 파일이 이미 있습니다.") }
        let (dump, rows) = try Dump.make(of: target, into: URL(fileURLWithPath: path))
        try dump.check(against: rows, like: name, maintenance)
        Console.note("지금 것을 \(path)에 백업했습니다.")
    }

    /// The rows of the database that is to be replaced; none where there is no database or no schema yet.
    private static func present(_ target: ConnectionString) throws -> Dump.Rows {
        do {
            return try Contents.count(target.text) { _, rows in rows }
        } catch PostgresError.cannotConnect(let reason) where reason.contains("does not exist") {
            return []
        } catch PostgresError.refused(let state, _) where state == "42501" {
            // Not yet the operator's to read: then it was never migrated by us.
            throw Failure("지금 데이터베이스를 읽을 권한이 없어 비어 있는지 알 수 없습니다.", Ending.unexpected)
        }
    }

    /// The tables whose rows are somebody's work: a database that only has its schema is empty.
    private static let data: Set = [
        "public.users", "public.locker_info", "public.locker_locations", "public.locker_assignments",
        "public.locker_decisions", "public.application_periods", "public.eligible_students", "public.semesters",
        "public.operator_audit",
    ]
}
