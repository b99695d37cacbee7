internal import Foundation
internal import Postgres

/// What `sqitch status` says: whether the database is where the migrations of this installation lead to. Beyond the
/// register's last name, which `doctor` reads itself, sqitch knows a change that was edited after it was deployed.
enum SqitchStatus {
    private static let subject = "sqitch status"

    static func ask(_ server: ConnectionString) -> Finding {
        guard let folder = SchemaFiles.folder() else { return .skipped(subject, SchemaFiles.missing) }
        // Nobody's own settings, and English: its words are read below. The server, and its password if the address has
        // one, go through the environment.
        let environment = server.environment.merging([
            "SQITCH_USER_CONFIG": "/dev/null", "SQITCH_SYSTEM_CONFIG": "/dev/null", "LC_ALL": "C.UTF-8",
            "LANGUAGE": "en", "PGCONNECT_TIMEOUT": "5",
        ]) { _, ours in ours }
        do {
            let result = try Shell.run(
                "timeout", ["20", "sqitch", "status", "db:pg:"], environment: environment, directory: folder)
            return finding(status: result.status, output: result.output)
        } catch {
            return .skipped(subject, error.message)
        }
    }

    /// - Parameters:
    ///   - status: timeout(1)'s exit code: 124 when the time was over, 127 without the program, else sqitch's own
    ///   - output: what it printed
    static func finding(status: Int32, output: String) -> Finding {
        let lines = output.split(separator: "\n").map(String.init)
        let name = lines.first { $0.hasPrefix("# Name:") }?.dropFirst(7).trimmingCharacters(in: .whitespaces) ?? "?"
        let missing = lines.filter { $0.hasPrefix("  * ") }.map { $0.dropFirst(4) }
        if status == 127 {
            return .skipped(subject, "sqitch가 설치되어 있지 않아, sqitch의 등록부만 직접 보았습니다(‘구조’).")
        } else if status == 124 {
            return .problem(subject, "20초 안에 답하지 않습니다.")
        } else if status == 0, lines.contains("Nothing to deploy (up-to-date)") {
            return .good(subject, "\(name)까지 적용되어 있고, 더 적용할 것이 없습니다.")
        } else if !missing.isEmpty {
            return .problem(
                subject, "\(name)까지만 적용되어 있습니다. 적용하지 않은 변경: \(missing.joined(separator: ", ")). sql/deploy를 하세요.")
        } else if lines.contains("No changes deployed") {
            return .problem(subject, "아무 변경도 적용되어 있지 않습니다. sql/deploy를 하세요.")
        } else if lines.contains(where: { $0.hasPrefix("Cannot find this change in") }) {
            return .problem(subject, "적용된 변경 \(name)이(가) 이 서버의 계획에 없습니다. 다른 버전의 데이터베이스이거나, 적용한 뒤에 고친 변경입니다.")
        }
        let said = lines.filter { !$0.hasPrefix("#") }.prefix(3).joined(separator: " / ")
        return .problem(subject, "알 수 없는 답입니다 (\(status)): \(said)")
    }
}
