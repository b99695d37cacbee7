internal import Foundation
internal import Postgres

/// Whether the pg_dump of this host can read the server: it refuses a server of a newer major version, and then no backup is
/// made.
enum DumpVersion {
    private static let subject = "pg_dump"

    /// What `pg_dump --version` prints; nil when it cannot be run.
    static func ofThisHost() throws(Failure) -> String? {
        let result = try Shell.run("pg_dump", ["--version"])
        return result.status == 0 ? result.output : nil
    }

    /// - Parameters:
    ///   - server: `server_version_num`, 150014
    ///   - client: `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
    /// - Returns: what is wrong; nil when nothing is
    static func remark(server: String, client: String?) -> String? {
        guard let client, let match = client.firstMatch(of: /\) ([0-9]+)/), let ours = Int(match.1) else {
            return "pg_dump가 없습니다. PostgreSQL 클라이언트를 설치해 주세요."
        }
        guard let number = Int(server), number / 10000 > ours else { return nil }
        return "서버는 PostgreSQL \(number / 10000)인데 이 컴퓨터의 pg_dump는 \(ours)이라 백업하지 못합니다. "
            + "postgresql-client-\(number / 10000)을(를) 설치하세요. (apt.postgresql.org)"
    }

    static func ask(_ server: ConnectionString) -> Finding {
        do {
            // The server, and its password if the address has one, go through the environment.
            let result = try Shell.run(
                "timeout",
                [
                    "10", "psql", "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align",
                    "--command=SHOW server_version_num",
                ], environment: server.environment)
            guard result.status == 0 else { return .skipped(subject, "서버의 버전을 알 수 없어 보지 않았습니다.") }
            let version = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
            return try remark(server: version, client: ofThisHost()).map { .problem(subject, $0) }
                ?? .good(subject, "이 서버를 백업할 수 있는 버전입니다.")
        } catch {
            return .skipped(subject, error.message)
        }
    }
}
