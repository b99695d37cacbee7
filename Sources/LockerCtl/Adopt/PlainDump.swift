internal import Foundation
internal import Postgres

/// A dump that is a script, as `pg_dump` without `-F` writes it.
enum PlainDump {
    /// Runs it. Owners and grants name roles that need not be here: such statements may fail. Anything else that fails, and
    /// a file that ends before its end, is no dump that could be taken for the whole.
    static func restore(_ file: String, at server: ConnectionString) throws(Failure) {
        guard isComplete(file) else {
            throw Failure("\(file)이(가) 끝까지 있지 않습니다. (pg_dump의 마지막 줄 ‘PostgreSQL database dump complete’이 없음)")
        }
        let said = try PostgresProgram.run(
            "psql",
            [
                "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=VERBOSITY=verbose", "--set=SHOW_CONTEXT=never",
                "--file=\(file)",
            ], at: server)
        let faults = faults(said)
        if !faults.isEmpty {
            throw Failure("\(file)을(를) 읽는 중에 오류가 있었습니다.\n" + faults.prefix(5).joined(separator: "\n"))
        }
    }

    /// The errors in what psql said, but for those of a role that is not here, or of a setting that a newer pg_dump knows. By
    /// what no language changes: the SQLSTATE (classes 00 and 01 are remarks), and the server's function that looked for it,
    /// in the line of the place.
    static func faults(_ said: String) -> [String] {
        var faults: [String] = []
        for line in said.split(separator: "\n") {
            if let found = line.firstMatch(of: #/:\s+[^\s:]+:\s+([0-9A-Z]{5}):\s/#) {
                if !found.output.1.hasPrefix("00"), !found.output.1.hasPrefix("01") { faults.append(String(line)) }
            } else if line.contains(#/:\s+(get_role|find_option)/#), faults.last?.contains(" 42704: ") == true {
                faults.removeLast()
            }
        }
        return faults
    }

    private static func isComplete(_ file: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: file), let size = try? handle.seekToEnd() else { return false }
        // pg_dump of today's minor versions writes another line or two after it (\unrestrict).
        try? handle.seek(toOffset: size > 1000 ? size - 1000 : 0)
        return String(decoding: handle.readDataToEndOfFile(), as: UTF8.self).contains(
            "PostgreSQL database dump complete")
    }
}
