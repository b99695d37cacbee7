internal import JSON
internal import Operations

/// What each rule's refusal is to a person.
enum RefusalText {
    static func of(_ refusal: Refusal) -> String {
        let student = refusal["student_id"]
        let locker = refusal["locker_id"]
        return switch refusal.code {
        case "student_not_found": "학번 \(student)인 학생이 없습니다."
        case "student_id_exists": "이미 등록되어 있는 학번입니다: \(student)."
        case "roster_ineligible":
            "명단에 신청 대상이 아니라고 적혀 있습니다(학번 \(student), 사유: \(refusal["reason"])). 먼저 명단을 고치세요(roster import --add)."
        case "roster_names_another":
            "명단에서 학번 \(student)의 이름이나 전화번호가 이 학생과 다릅니다. 다른 학생의 학번인지 확인하고, 아니면 명단을 먼저 고치세요(roster import --add)."
        case "phone_number_in_use": "다른 학생이 쓰고 있는 전화번호입니다."
        case "student_has_locker":
            refusal["state"] == "held"
                ? "\(student) 학생이 지금 사물함 \(locker)번을 선점하고 있습니다."
                : "\(student) 학생에게는 이미 사물함 \(locker)번이 있습니다. 옮기려면 move를 쓰세요."
        case "student_has_no_locker": "\(student) 학생에게는 사물함이 없습니다. 새로 주려면 assign을 쓰세요."
        case "already_has_it": "\(student) 학생이 이미 쓰고 있는 사물함 \(locker)번입니다."
        case "locker_not_found": "사물함 \(locker)번이 없습니다."
        case "locker_taken":
            refusal["state"] == "held"
                ? "사물함 \(locker)번은 지금 다른 학생(\(student))이 선점하고 있습니다."
                : "사물함 \(locker)번은 다른 학생(\(student))이 쓰고 있습니다."
        case "locker_disabled": "사물함 \(locker)번은 사용 중지되어 있습니다."
        case "locker_is_free": "사물함 \(locker)번은 비어 있습니다."
        case "locker_in_use": "사물함 \(locker)번은 \(student) 학생이 쓰고 있습니다. 먼저 move나 release를 하세요."
        case "locker_already_disabled": "사물함 \(locker)번은 이미 사용 중지되어 있습니다."
        case "locker_not_disabled": "사물함 \(locker)번은 사용 중지되어 있지 않습니다."
        case "locker_of_rehearsal": "사물함 \(locker)번은 진행 중인 예행연습의 것입니다. 예행연습이 끝난 뒤 다시 하세요."
        case "location_exists": "이미 있습니다: 위치 ‘\(refusal["name"])’."
        case "location_not_found": "위치 번호 \(refusal["location_id"])번이 없습니다."
        case "location_in_use": "이 위치에는 사물함이 \(refusal["lockers"])개 있어서 지울 수 없습니다."
        case "period_backwards": "마감이 시작보다 빠르거나 같습니다."
        case "period_over": "마감 시각이 이미 지났습니다."
        case "period_opens_in_past": "시작 시각이 이미 지났습니다. 그래도 하려면 --force를 붙이세요."
        case "period_overlaps": "이미 있는 다른 신청 기간과 겹칩니다."
        case "period_is_open":
            "지금 신청을 받고 있습니다(마감: \(KoreanTime.show(refusal["closes_at"]))). 그만 받고 새 기간으로 바꾸려면 --force를 붙이세요."
        case "period_not_open": "지금은 신청 기간이 아니어서 닫을 것이 없습니다."
        case "period_already_open": "이미 신청 기간입니다. 마감: \(KoreanTime.show(refusal["closes_at"]))"
        case "period_end_missing": "다음 신청 기간이 없습니다. --closes로 마감 시각을 알려 주세요."
        case "semester_exists": "‘\(refusal["name"])’ 학기는 이미 마감되어 있습니다. 다른 이름을 쓰세요."
        case "semester_not_found": "‘\(refusal["name"])’ 학기가 없습니다."
        case "audit_not_found": "기록 \(refusal["audit_id"])번이 없습니다."
        case "already_undone": "기록 \(refusal["audit_id"])번은 이미 되돌렸습니다(기록 \(refusal["undone_by"])번)."
        case "nothing_to_undo": "기록 \(refusal["audit_id"])번(\(refusal["command"]))에는 되돌릴 것이 없습니다."
        case "not_undoable":
            refusal["why"] == "erased"
                ? "기록 \(refusal["audit_id"])번은 지운 개인정보에 관한 것이라 되돌릴 수 없습니다."
                : "기록 \(refusal["audit_id"])번은 보관 기간이 지나 되돌릴 수 없습니다."
        case "world_moved_on":
            "되돌릴 수 없습니다. 그 뒤로 \(ChangeText.subject(refusal["relation"], refusal.details["row"]?.object))"
                + movedOn(refusal["why"])
        case "unknown_shape": "옛 서버의 데이터베이스가 아니거나 모르는 모양입니다."
        case "not_empty": "비어 있지 않은 데이터베이스입니다. (\(refusal["relation"]) \(refusal["rows"])건)"
        case "too_busy": "이 사물함의 주인이 계속 바뀌고 있습니다. 잠시 후 다시 시도해 주세요."
        default: "할 수 없습니다. (\(refusal.code))"
        }
    }

    private static func movedOn(_ why: String) -> String {
        switch why {
        case "taken": " 자리를 다른 것이 차지했습니다."
        case "in_use": "에 다른 것이 이어져 있습니다."
        case "exists": "이(가) 새로 생겼습니다."
        default: "이(가) 또 바뀌었습니다."
        }
    }
}
