internal import Foundation

/// Whether this host's figures go together with the database server's.
struct HostFigures {
    let plan: SetupPlan

    /// - Parameters:
    ///   - version: the server's `server_version_num`
    ///   - connections: its `max_connections`
    /// - Returns: what a person has to put right
    func remarks(version: String, connections: String) throws(Failure) -> [String] {
        var remarks: [String] = []
        if let remark = DumpVersion.remark(server: version, client: try DumpVersion.ofThisHost()) {
            remarks.append("백업: " + remark)
        }
        let settings = try HostFile.read("/etc/locker-server/worker.env")
        if let limit = Int(connections) {
            let wanted = plan.workers * (Self.threads(settings) + 2)
            if wanted + Self.others > limit {
                remarks.append(
                    "데이터베이스의 연결이 모자랍니다: 이 서버의 워커가 \(wanted)개까지 쓰는데 max_connections가 \(limit)입니다.")
            }
        }
        return remarks
    }

    /// Connections for everybody else: the superuser's three, backups, timers and lockerctl.
    private static let others = 10

    /// `LOCKER_THREADS` in the settings of the workers; each of its threads has a connection, and so have two others of a
    /// worker.
    static func threads(_ settings: String) -> Int {
        let lines = settings.split(separator: "\n").filter { $0.hasPrefix("LOCKER_THREADS=") }
        return lines.last.flatMap { Int($0.dropFirst("LOCKER_THREADS=".count)) } ?? 8
    }
}
