internal import Operations

/// What an adoption changes and asks, in words.
enum AdoptionText {
    static func of(_ remark: AdoptionPlan.Remark) -> String {
        switch remark {
        case .severalAccounts(let studentID, let serials, let kept, let locker):
            "학번 \(studentID)의 계정이 \(serials.count)개(\(serials.map(String.init).joined(separator: ", "))): "
                + "\(kept.map(String.init) ?? "")번을 남깁니다" + (locker.map { " (사물함 \($0)번)." } ?? " (사물함 없음).")
        case .oddStudentID(let id): "학번 ‘\(id)’은 10자리 숫자가 아니어서 로그인할 수 없습니다. 옮긴 뒤 student change-id로 고치세요."
        case .phoneRewritten(let studentID): "학번 \(studentID): 전화번호를 숫자만으로 고쳐 옮깁니다."
        case .oddPhone(let studentID):
            "학번 \(studentID): 전화번호가 10~15자리 숫자가 아니어서 로그인할 수 없습니다. 옮긴 뒤 student phone으로 고치세요."
        case .skipped(let studentID): "학번 \(studentID): 두고 갑니다."
        case .freed(let locker, let studentID): "사물함 \(locker)번을 비웁니다. (학번 \(studentID)의 것이었음)"
        case .ownerAdded(let locker, let studentID): "사물함 \(locker)번은 확정되었지만 사용자가 적혀 있지 않습니다. 사용자로 적는 학번: \(studentID)."
        case .cancelled(let assignment, let locker): "배정 \(assignment)번(사물함 \(locker)번)은 실제 사용자와 달라 반납으로 옮깁니다."
        case .dangling(let assignment): "배정 \(assignment)번은 없는 사물함이나 학생의 것이어서 옮기지 않습니다."
        case .holdExpired(let assignment, let locker): "배정 \(assignment)번(사물함 \(locker)번)은 선점일 뿐이라 만료로 옮깁니다."
        }
    }

    static func of(_ question: AdoptionPlan.Question) -> String {
        switch question {
        case .whichAccount(let studentID, let owners):
            "학번 \(studentID)의 계정 둘 이상이 사물함을 가지고 있습니다: "
                + owners.map { "\($0.serial)번 계정 → 사물함 \($0.locker)번" }.joined(separator: ", ")
                + ". 남길 계정을 --keep 번호로 알려 주세요."
        case .whichLocker(let studentID, let lockers):
            "학번 \(studentID)의 계정 하나가 사물함을 여럿 가지고 있습니다: \(lockers.map { "\($0)번" }.joined(separator: ", ")). "
                + "비울 사물함을 --free 번호로 알려 주세요."
        case .whosePhone(let studentIDs):
            "학번 \(studentIDs.joined(separator: ", "))의 전화번호가 같습니다. 사물함이 없는 쪽을 --skip 학번으로 두고 가거나 옛 데이터에서 고치세요."
        }
    }
}
