internal import ArgumentParser
internal import Foundation
internal import Operations
internal import Postgres

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "데이터베이스 전체를 파일 하나에 담습니다.",
        discussion: """
            담은 뒤 임시 데이터베이스에 되살려 보고 행 수를 비교합니다(DB_SUPERUSER_URL이 필요합니다). 서버가 켜져 있어도 됩니다. \
            다른 서버로 옮기기: lockerctl backup - | ssh 서버 lockerctl restore - --reason \"이전\" --yes
            """)

    @Argument(help: "저장할 파일 (-는 표준 출력)") var file: String
    @Flag(help: "되살려 보는 확인을 하지 않습니다.") var noCheck = false
    @Flag(help: "이미 있는 파일을 덮어씁니다.") var overwrite = false

    func run() throws {
        try command {
            try Faults.translated {
                let (source, name) = try Connection.named("DB_OPERATOR_URL")
                let cleanup = Cleanup()
                try Interruption.clears(cleanup)
                let maintenance =
                    noCheck ? nil : Maintenance(server: try Connection.string("DB_SUPERUSER_URL"), cleanup: cleanup)
                if file != "-", !overwrite, FileManager.default.fileExists(atPath: file) {
                    throw Failure("\(file) 파일이 이미 있습니다. 덮어쓰려면 --overwrite를 붙이세요.")
                }
                let place = try Dump.temporary(cleanup)
                defer { try? FileManager.default.removeItem(at: place.deletingLastPathComponent()) }
                let (dump, rows) = try Dump.make(of: source, into: place)
                if let maintenance {
                    try dump.check(against: rows, like: name, maintenance)
                }
                // Only what was checked gets a name.
                try Self.deliver(dump, to: file)
                Console.note("백업했습니다. \(Dump.sentence(rows)).\(noCheck ? "" : " 되살려 보고 행 수가 같음을 확인했습니다.")")
            }
        }
    }

    private static func deliver(_ dump: Dump, to file: String) throws {
        if file == "-" {
            let handle = try FileHandle(forReadingFrom: dump.file)
            while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
                FileHandle.standardOutput.write(part)
            }
            return
        }
        let target = URL(fileURLWithPath: file)
        do {
            // Beside its place first: a full disk leaves no half of a backup under its name.
            let beside = target.deletingLastPathComponent().appendingPathComponent(
                ".\(target.lastPathComponent).\(getpid())")
            try FileManager.default.copyItem(at: dump.file, to: beside)
            guard rename(beside.path, target.path) == 0 else { throw Failure("\(file)에 쓸 수 없습니다.") }
        } catch let failure as Failure {
            throw failure
        } catch { throw Failure("\(file)에 쓸 수 없습니다. (\(error.localizedDescription))") }
    }
}

/// The faults of work on whole databases as the person is told of them.
enum Faults {
    static func translated(_ work: () throws -> Void) throws {
        do { try work() } catch let error as PostgresError { throw Failure(.database(error)) }
    }
}
