internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Postgres

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "백업을 되살립니다.",
        discussion: """
            비어 있지 않은 데이터베이스는 --replace가 있어야 바꿉니다. 새 데이터베이스가 다 만들어진 뒤 한순간에 바꾸므로 실패하면 지금 것이 그대로 \
            남습니다. 옛 버전의 백업은 되살리면서 이 버전의 구조로 올립니다. 바뀐 것은 그 뒤에 백업해 확인하고 나서야 지우므로, 바꾸기 직전까지의 결정이 모두 그 백업에 있습니다. 새 서버라면 먼저 \
            migrations/roles.sql을 실행하세요.
            """)

    @Argument(help: "백업 파일 (-는 표준 입력)") var file: String
    @Flag(help: "비어 있지 않은 데이터베이스를 바꿉니다.") var replace = false
    @Option(help: "바뀌는 지금 것을 백업할 파일. 없으면 locker-before-restore-<시각>.dump")
    var keep: String?
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
        try Interruption.clears(maintenance.cleanup)
        var place = URL(fileURLWithPath: file)
        if file == "-" {
            place = try Dump.temporary(maintenance.cleanup)
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
        // Whatever version it is of, the workers of this one are to find what they call.
        try SchemaFiles.deploy(to: maintenance.database(scratch), owner: "locker_owner")

        let present = try Self.present(target)
        let lost = Self.work(present)
        Console.note("백업의 내용: \(Dump.sentence(rows)).")
        if lost > 0 {
            Console.note("지금 데이터베이스: \(Dump.sentence(present)).")
            guard replace else { throw Failure("지금 데이터베이스가 비어 있지 않습니다. 바꾸려면 --replace를 붙이세요.") }
        }
        if dryRun { return Console.say("[미리 보기] 되살릴 수 있는 백업입니다. 아직 아무것도 바꾸지 않았습니다.") }
        if lost > 0, !yes { try Confirmation.ask(count: lost, "지금 데이터베이스의 \(lost)행이 백업의 것으로 바뀝니다.") }
        let kept = try keepFile()
        let audit = try note(in: target.database(scratch))
        let old = Dump.replacedName
        let existed = try maintenance.replace(name, by: scratch, keeping: old)
        keepsScratch = true
        if existed { try keep(old, of: target, in: kept, maintenance) }
        Console.say("되살렸습니다. \(Dump.sentence(rows)). 기록 \(audit)번.")
    }

    /// The act's row, in the database that is about to be the real one: from its first instant on it says what it is.
    private func note(in scratch: ConnectionString) throws -> Int {
        try Operator(url: scratch.text).record(
            .note("restore", ["file": InputFile.name(file)]), reason: reason ?? "", user: Change.user)
    }

    /// Where the replaced database is to be kept; it can be written, and nothing is there.
    private func keepFile() throws(Failure) -> URL {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        let path = keep ?? "locker-before-restore-\(format.string(from: Date())).dump"
        if FileManager.default.fileExists(atPath: path) { throw Failure("\(path) 파일이 이미 있습니다.") }
        let place = URL(fileURLWithPath: path)
        guard FileManager.default.isWritableFile(atPath: place.deletingLastPathComponent().path) else {
            throw Failure("\(path)에 쓸 수 없습니다.")
        }
        return place
    }

    /// Backs the replaced database up, which nobody finds any more: everything that was answered with yes is in it. It is
    /// dropped only when that backup was checked.
    private func keep(_ old: String, of target: ConnectionString, in file: URL, _ maintenance: Maintenance) throws {
        do {
            let present = try Self.present(target.database(old))
            if Self.work(present) > 0 {
                let (dump, rows) = try Dump.make(of: target.database(old), into: file)
                try dump.check(against: rows, like: old, maintenance)
                Console.note("바뀐 것을 \(file.relativePath)에 백업했습니다.")
            }
            try maintenance.drop(old)
        } catch {
            let why = (error as? Failure)?.message ?? "\(error)"
            Console.note("lockerctl: 되살렸지만, 바뀐 것을 백업하지 못해 데이터베이스 \(old)에 그대로 두었습니다. (\(why))")
            throw Failure("백업해 둔 뒤 지우세요: dropdb \(old)", Ending.findings)
        }
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

    /// How many rows somebody would miss.
    private static func work(_ rows: Dump.Rows) -> Int {
        rows.filter { data.contains($0.table) }.reduce(0) { $0 + $1.rows }
    }

    /// The tables whose rows are somebody's work: a database that only has its schema is empty.
    private static let data: Set = [
        "public.users", "public.locker_info", "public.locker_locations", "public.locker_assignments",
        "public.locker_decisions", "public.application_periods", "public.eligible_students", "public.semesters",
        "public.operator_audit",
    ]
}
