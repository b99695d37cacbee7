internal import Foundation
internal import Postgres

/// PostgreSQL's own programs: pg_dump and pg_restore.
enum PostgresProgram {
    /// Runs one to its end. The server and the password go through the environment.
    static func run(_ name: String, _ arguments: [String], at server: ConnectionString) throws(Failure) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let own = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        process.environment = own.merging(server.environment) { _, new in new }
        let errors = Pipe()
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch { throw Failure("\(name)을(를) 실행할 수 없습니다. PostgreSQL 클라이언트를 설치해 주세요.") }
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 127 { throw Failure("\(name)이(가) 없습니다. PostgreSQL 클라이언트를 설치해 주세요.") }
        guard process.terminationStatus == 0 else {
            let lines = said.split(separator: "\n").prefix(5).joined(separator: "\n")
            throw Failure("\(name)이(가) 실패했습니다.\n\(lines)")
        }
    }
}
