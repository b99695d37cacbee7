internal import Foundation
internal import Operations
internal import Postgres

/// A dump in a file, and the check that it can be restored.
struct Dump {
    typealias Rows = [(table: String, rows: Int)]

    let file: URL

    /// Dumps a database into a new file that nobody else may read; gives the rows that must be in it.
    static func make(of server: ConnectionString, into file: URL) throws -> (dump: Dump, rows: Rows) {
        guard FileManager.default.createFile(atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw Failure("\(file.path)에 쓸 수 없습니다.") }
        let rows = try Contents.count(server.text) { snapshot, rows in
            try PostgresProgram.run(
                "pg_dump",
                [
                    "--format=custom", "--snapshot=\(snapshot)", "--schema=public", "--schema=sqitch",
                    "--file=\(file.path)",
                ], at: server)
            return rows
        }
        return (Dump(file: file), rows)
    }

    /// Restores the dump into a new database of that name; gives the rows that are in it.
    func restore(into name: String, like other: String, _ maintenance: Maintenance) throws -> Rows {
        let server = try maintenance.create(name, like: other)
        try PostgresProgram.run(
            "pg_restore", ["--exit-on-error", "--clean", "--if-exists", file.path], at: server)
        return try Contents.count(server.text) { _, rows in rows }
    }

    /// Restores it into a scratch database, compares the rows and throws the database away.
    func check(against rows: Rows, like other: String, _ maintenance: Maintenance) throws {
        let name = Self.scratchName
        defer { try? maintenance.drop(name) }
        let restored = try restore(into: name, like: other, maintenance)
        for (table, count) in rows {
            let found = restored.first { $0.table == table }?.rows
            if found != count {
                throw Failure("백업을 되살려 보니 \(table)이(가) \(count)행이어야 하는데 \(found.map(String.init) ?? "없음")입니다.")
            }
        }
        if restored.isEmpty { throw Failure("백업에 표가 하나도 없습니다.") }
    }

    /// No two runs use one scratch database. `doctor` knows the names (Report.facts).
    static var scratchName: String { "locker_scratch_\(getpid())_\(UInt32.random(in: 0...UInt32.max))" }
    /// What a database is called that was replaced, until its last backup is made.
    static var replacedName: String { "locker_replaced_\(getpid())_\(UInt32.random(in: 0...UInt32.max))" }

    /// A file of our own in a folder of our own, for what comes and goes through pipes.
    static func temporary(_ cleanup: Cleanup = Cleanup()) throws(Failure) -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lockerctl-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch { throw Failure("임시 폴더를 만들 수 없습니다.") }
        _ = cleanup.add { try? FileManager.default.removeItem(at: folder) }
        return folder.appendingPathComponent("locker.dump")
    }

    static func sentence(_ rows: Rows) -> String {
        func count(_ table: String) -> Int { rows.first { $0.table == "public.\(table)" }?.rows ?? 0 }
        return "학생 \(count("users")), 사물함 \(count("locker_info")), 배정 \(count("locker_assignments")), "
            + "결정 기록 \(count("locker_decisions")), 변경 기록 \(count("operator_audit"))"
    }
}
