internal import JSON
internal import Operations

/// The rows that an act changes, in words.
enum ChangeText {
    /// One line a row: `사물함 101: 사용자 없음 → 2023321234`.
    static func lines(_ changes: Document) -> [String] { lines(changes.rows) }

    static func lines(_ changes: [[String: JSONValue]]) -> [String] {
        changes.map { change in
            let relation = change["relation"]?.string ?? ""
            let (before, after) = (change["before"]?.object, change["after"]?.object)
            let subject = subject(relation, after ?? before)
            switch (before, after) {
            case (nil, let after?): return "+ \(subject): \(description(relation, after))"
            case (let before?, nil): return "- \(subject): \(description(relation, before))"
            case (let before?, let after?):
                let columns = after.keys.sorted().filter { before[$0] != after[$0] && !technical.contains($0) }
                let parts = columns.map { "\(name($0)) \(value(before[$0])) → \(value(after[$0]))" }
                return "~ \(subject): \(parts.joined(separator: ", "))"
            case (nil, nil): return subject
            }
        }
    }

    /// What a row is about: `사물함 101번`.
    static func subject(_ relation: String, _ row: [String: JSONValue]?) -> String {
        func text(_ column: String) -> String { value(row?[column]) }
        return switch relation {
        case "users": "학생 \(text("student_id"))"
        case "eligible_students": "명단 \(text("student_id"))"
        case "locker_info": "사물함 \(text("locker_id"))번"
        case "locker_locations": "위치 \(text("location_id"))번"
        case "locker_assignments": "배정 \(text("locker_id"))번 \(text("student_id"))"
        case "locker_decisions": "결정 기록 \((row?["decision_ids"]?.array ?? []).count)건"
        case "application_periods": "신청 기간"
        case "semesters": "학기 \(text("name"))"
        default: relation
        }
    }

    private static let technical: Set = [
        "updated_at", "decision_id", "imported_at", "serial_id", "cohort", "source_file", "assignment_id", "audit_id",
        "semester_id", "period_id", "last_decision", "newest", "decision_ids", "unlisted_at",
    ]

    private static func description(_ relation: String, _ row: [String: JSONValue]) -> String {
        let columns: [String] =
            switch relation {
            case "users": ["name", "phone_number"]
            case "eligible_students": ["name", "phone_number", "eligible", "reason"]
            case "locker_info": ["location_id", "owner"]
            case "locker_locations": ["name"]
            case "locker_assignments": ["state"]
            case "application_periods": ["opens_at", "closes_at"]
            case "semesters": ["confirmed", "students"]
            default: []
            }
        return columns.filter { row[$0] != .null }.map { "\(name($0)) \(value(row[$0]))" }.joined(separator: ", ")
    }

    private static func name(_ column: String) -> String {
        switch column {
        case "name": "이름"
        case "phone_number": "전화번호"
        case "student_id": "학번"
        case "owner": "사용자"
        case "location_id": "위치"
        case "disabled_at": "사용 중지"
        case "state": "상태"
        case "opens_at": "시작"
        case "closes_at": "마감"
        case "confirmed_at": "확정"
        case "released_at": "반납"
        case "eligible": "대상"
        case "reason": "사유"
        case "confirmed": "확정"
        case "students": "학생"
        case "lockers", "locker_id": "사물함"
        case "assignments": "배정"
        case "hold_expires_at": "선점 끝"
        case "created_at": "처음"
        case "closed_at": "마감"
        case "keep_until": "보관 기한"
        case "anonymous_since": "개인정보 삭제"
        default: column
        }
    }

    private static func value(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text):
            // Images are in UTC.
            text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*/) == nil
                ? StateText.of(text) : KoreanTime.fromUTC(text)
        case .integer(let number): String(number)
        case .bool(let flag): flag ? "예" : "아니오"
        default: "없음"
        }
    }
}

/// What a student or an operator did, and how it ended, in words (sql/decisions.sql).
enum DecisionText {
    static func act(_ act: String) -> String {
        switch act {
        case "hold": "선점"
        case "confirm": "확정"
        case "release_hold": "선점 취소"
        case "release": "반납"
        case "expire": "선점 만료"
        case "operator": "운영자"
        default: act
        }
    }

    static func outcome(_ outcome: String) -> String {
        switch outcome {
        case "held": "선점함"
        case "confirmed": "확정함"
        case "released": "비움"
        case "expired": "시간이 지남"
        case "assigned": "배정함"
        case "replayed": "이미 된 것"
        case "disabled": "사용 중지함"
        case "enabled": "사용 중지 해제"
        case "removed": "없앰"
        case "locker_taken": "다른 학생이 먼저"
        case "locker_disabled": "사용 중지된 사물함"
        case "locker_not_found": "없는 사물함"
        case "already_holding": "이미 선점한 것이 있음"
        case "already_assigned": "이미 사물함이 있음"
        case "application_closed": "신청 기간 아님"
        case "hold_not_found": "선점이 없거나 끝남"
        case "assignment_not_found": "배정이 없음"
        default: outcome
        }
    }
}

/// The states of lockers, assignments and periods in words.
enum StateText {
    static func of(_ state: String) -> String {
        switch state {
        case "available": "비어 있음"
        case "held", "hold": "선점 중"
        case "confirmed": "확정"
        case "disabled": "사용 중지"
        case "cancelled": "반납"
        case "expired": "만료"
        case "open": "신청 중"
        case "upcoming": "시작 전"
        case "closed": "마감"
        default: state
        }
    }
}
