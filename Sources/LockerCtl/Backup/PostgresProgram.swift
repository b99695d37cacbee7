internal import Foundation
internal import Postgres

/// PostgreSQL's own programs: pg_dump, pg_restore and psql.
enum PostgresProgram {
    /// Runs one to its end. It finds the server just as this program does: what the address says counts most, then the
    /// caller's own PGPASSFILE, PGSSLROOTCERT and the like. The password alone is left out of the arguments, which every
    /// process list shows: the program has it in its environment.
    /// - Returns: what it said to standard error
    @discardableResult
    static func run(_ name: String, _ arguments: [String], at server: ConnectionString) throws(Failure) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name, "--no-password", "--dbname=\(server.publicText)"] + arguments
        var environment = ProcessInfo.processInfo.environment
        if let password = server["password"] { environment["PGPASSWORD"] = password }
        // Its words are read, and shown.
        environment["LC_MESSAGES"] = "C"
        process.environment = environment
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
        return said
    }
}
