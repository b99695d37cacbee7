internal import JSON
internal import Operations

/// The state of the server in words.
enum StatusText {
    /// - Parameter disk: the bytes left where the database's files are, nil when unknown
    static func of(_ document: Document, disk: Int64?) -> String {
        let lockers = document["lockers"].object ?? [:]
        let decisions = document["decisions_last_minute"].object ?? [:]
        let places = document["locations"].objects
        var lines = [
            "신청 기간  " + PeriodText.of(document["period"].object ?? [:]),
            "사물함     전체 \(number(lockers, "total"))  비어 있음 \(number(lockers, "available"))  선점 중 \(number(lockers, "held"))  "
                + "확정 \(number(lockers, "confirmed"))  사용 중지 \(number(lockers, "disabled"))",
            "최근 1분   결정 \(number(decisions, "all"))  선점 성공 \(number(decisions, "held"))  확정 \(number(decisions, "confirmed"))  "
                + "늦음 \(number(decisions, "taken"))",
            "워커       "
                + workers(document["workers"].objects, connections: document["worker_connections"].integer ?? 0),
            "데이터베이스  구조 \(document["schema"].shown)  연결 \(document["connections"].shown)/\(document["connections_limit"].shown)"
                + " (남음 \(document["connections_left"].shown))  크기 \(size(document["database_bytes"].integer))"
                + "  디스크 남음 \(disk.map { size($0) } ?? "알 수 없음")",
        ]
        if !places.isEmpty { lines += ["", Column.table(places, LocationList.columns).text] }
        return lines.joined(separator: "\n")
    }

    /// The report as it came, and the disk, which the database does not know.
    static func json(_ document: Document, disk: Int64?) -> String {
        document.text.dropLast() + ",\"disk_bytes_left\":\(disk.map(String.init) ?? "null")}"
    }

    /// How many live, on which hosts, and which have stopped.
    static func workers(_ rows: [[String: JSONValue]], connections: Int64) -> String {
        let living = rows.filter { $0["alive"] == .bool(true) }
        let stopped = rows.filter { $0["alive"] != .bool(true) }
        let hosts = Dictionary(grouping: living) { $0["host"]?.string ?? "" }
        var parts: [String] = []
        if living.isEmpty {
            parts.append("살아 있는 워커가 없습니다!")
        } else {
            let places = hosts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.count)개" }
            parts.append("\(living.count)개 살아 있음" + (hosts.count > 1 ? " (\(places.joined(separator: ", ")))" : ""))
        }
        if !stopped.isEmpty {
            let names = stopped.map { "\($0["host"]?.shown ?? "")의 \($0["pid"]?.shown ?? "")" }
            parts.append("멈춤 \(stopped.count)개! (\(names.joined(separator: ", ")))")
        }
        parts.append("데이터베이스 연결 \(connections)개")
        return parts.joined(separator: "  ")
    }

    private static func number(_ object: [String: JSONValue], _ name: String) -> String { object[name]?.shown ?? "-" }

    private static func size(_ bytes: Int64?) -> String {
        guard let bytes else { return "-" }
        return bytes >= 1 << 30 ? "\(bytes >> 30) GB" : "\(bytes >> 20) MB"
    }
}
