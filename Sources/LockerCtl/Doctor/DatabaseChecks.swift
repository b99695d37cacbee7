internal import JSON
internal import Operations
internal import Schema

/// What `doctor` says of the database. Pure: from the reports to findings.
enum DatabaseChecks {
    static func drift(_ rows: [[String: JSONValue]]) -> [Finding] {
        if rows.isEmpty { return [.good("자료", "사물함, 배정, 로그인, 번호가 서로 맞습니다.")] }
        return rows.map { row in
            let locker = row["locker_id"]?.shown ?? ""
            let student = row["student_id"]?.shown ?? ""
            let text =
                switch row["kind"]?.string {
                case "owner_without_assignment": "사물함 \(locker)번에 사용자(\(student))가 적혀 있지만 배정이 없습니다."
                case "assignment_without_owner": "사물함 \(locker)번은 학생(\(student))에게 배정되었지만 사용자로 적혀 있지 않습니다."
                case "stale_hold": "사물함 \(locker)번의 끝난 선점이 남아 있습니다."
                case "orphaned_session": "없는 학생 \(student)의 로그인이 남아 있습니다."
                case "sequence_behind": "번호표 \(row["detail"]?.shown ?? "")가 자료보다 뒤에 있습니다."
                default: row["kind"]?.shown ?? ""
                }
            return .problem("자료", text)
        }
    }

    private static func history(last: String?, all: [String]) -> Finding {
        all.contains(Schema.change)
            ? .good("구조", "\(last ?? "")까지 적용되어 있습니다.")
            : .problem(
                "구조", "\(last ?? "없음")까지 적용되어 있는데 이 프로그램에는 \(Schema.change)이(가) 있어야 합니다. \(deploy)")
    }

    private static func code(_ code: [String: JSONValue]) -> Finding {
        let digest = code["digest"]?.string
        let serves = [code["digest"] ?? .null] + (code["compatible_with"]?.array ?? [])
        if !serves.contains(.string(Schema.digest)) {
            return .problem("함수", "데이터베이스의 함수가 이 프로그램의 것이 아닙니다 (\(digest?.prefix(12) ?? "없음")). \(deploy)")
        } else if code["by_hand"] == .bool(true) {
            return .problem("함수", "데이터베이스의 함수나 보기를 누가 손으로 바꾸었습니다. \(deploy)")
        }
        return .good("함수", "데이터베이스의 함수가 이 프로그램에 맞고, 손으로 바꾼 것이 없습니다.")
    }

    private static let deploy = "sql/deploy를 하세요(패키지에서는 /usr/lib/locker-server/migrate)."

    /// - Parameter clock: this machine's, in milliseconds since 1970
    static func facts(_ facts: [String: JSONValue], clock: Int64) -> [Finding] {
        func texts(_ name: String) -> [String] {
            (facts[name]?.array ?? []).compactMap(\.string)
        }
        var findings = [
            history(last: facts["schema"]?.string, all: texts("changes")), code(facts["code"]?.object ?? [:]),
        ]
        var rights: [Finding] = []
        for name in texts("writable") { rights.append(.problem("권한", "계정이 표를 직접 바꿀 수 있습니다: \(name)")) }
        for name in texts("missing") { rights.append(.problem("권한", "워커가 \(name)을(를) 실행할 수 없습니다.")) }
        for name in texts("everybody") { rights.append(.problem("권한", "누구나 \(name)을(를) 실행할 수 있습니다.")) }
        for name in texts("too_mighty") { rights.append(.problem("권한", "\(name) 계정의 권한이 너무 큽니다.")) }
        findings += rights.isEmpty ? [.good("권한", "워커와 운영자 계정은 정해진 일만 할 수 있습니다.")] : rights
        let unset = texts("unset").joined(separator: ", ")
        findings.append(
            unset.isEmpty
                ? .good("설정", "계정의 설정이 정해 둔 대로입니다.")
                : .problem(
                    "설정",
                    "계정의 설정이 정해 둔 것과 다릅니다: \(unset)이어야 합니다. lockerctl setup을 다시 하거나 관리자 계정으로 migrations/roles.sql을 실행하세요."
                ))
        for name in texts("unsafe") {
            findings.append(
                .problem("저장", "데이터베이스 서버의 \(name)이(가) 꺼져 있습니다. 정전이나 강제 종료 때 이미 확정된 사물함을 잃습니다. 켜세요."))
        }
        for name in texts("left_over") {
            let what = name.hasPrefix("locker_replaced_") ? "바뀌기 전의 것(백업해 두었는지 확인하세요)" : "임시로 만든 사본"
            findings.append(
                .problem("남은 데이터베이스", "\(name): restore나 backup이 중간에 끊겨 남은 \(what)입니다. 지우려면 dropdb \(name)"))
        }
        let drift = (facts["clock_ms"]?.integer ?? 0) - clock
        findings.append(
            abs(drift) <= 2000
                ? .good("시계", "데이터베이스와 이 컴퓨터의 시계가 맞습니다.")
                : .problem("시계", "데이터베이스의 시계가 이 컴퓨터보다 \(drift / 1000)초 \(drift > 0 ? "빠릅니다" : "느립니다"). NTP를 확인하세요."))
        return findings
    }
}
