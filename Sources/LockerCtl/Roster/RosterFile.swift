internal import Operations

/// A roster in a CSV. Every bad row is reported, with its line and why; then nothing is imported.
enum RosterFile {
    static func read(_ bytes: [UInt8]) throws(Failure) -> [RosterEntry] {
        let sheet = try Sheet.read(
            bytes,
            columns: [
                ("학번", ["student_id", "id", "학생번호"]), ("이름", ["name", "성명"]),
                ("전화번호", ["phone_number", "phone", "연락처", "휴대폰", "휴대전화", "전화"]),
            ],
            optional: [("대상", ["eligible", "신청대상", "대상여부", "납부", "납부여부"]), ("사유", ["reason", "비고"])])
        var faults: [String] = []
        var entries: [RosterEntry] = []
        var ids: [String: Int] = [:]
        var phones: [String: Int] = [:]
        for row in sheet.rows {
            var wrong: [String] = []
            let id = row["학번"]
            if !StudentID.isValid(id) { wrong.append("학번 ‘\(id)’: 숫자 10자리가 아닙니다") }
            if let line = ids[id] { wrong.append("학번 \(id): \(line)행에도 있습니다") }
            let name = row["이름"]
            if !(2...20).contains(name.count) { wrong.append("이름 ‘\(name)’: 2자 이상 20자 이하가 아닙니다") }
            let phone = Phone.digits(restored(row["전화번호"]))
            if let phone, let line = phones[phone] { wrong.append("전화번호가 \(line)행과 같습니다") }
            if phone == nil { wrong.append("전화번호 ‘\(row["전화번호"])’: 읽을 수 없습니다") }
            let eligible = flag(row["대상"])
            if eligible == nil { wrong.append("대상 ‘\(row["대상"])’: 예/아니오, O/X, Y/N, 1/0 가운데 하나가 아닙니다") }
            if wrong.isEmpty, let phone, let eligible {
                let reason = row["사유"].isEmpty ? "대상 아님" : row["사유"]
                entries.append(
                    RosterEntry(
                        studentID: id, name: name, phoneNumber: phone, isEligible: eligible,
                        reason: eligible ? nil : reason))
            } else {
                faults.append("\(row.line)행: \(wrong.joined(separator: ", ")).")
            }
            ids[id] = ids[id] ?? row.line
            if let phone { phones[phone] = phones[phone] ?? row.line }
        }
        try Sheet.refuse(faults)
        if entries.isEmpty { throw Failure("학생이 한 줄도 없는 파일입니다. 빈 명단은 가져오지 않습니다.") }
        return entries
    }

    /// Excel takes 01012345678 for a number and drops its zero: 1012345678.
    private static func restored(_ phone: String) -> String {
        phone.utf8.count == 10 && phone.hasPrefix("10") ? "0" + phone : phone
    }

    /// Whether somebody may apply; a list without such a column is one of those who may.
    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "", "예", "네", "o", "y", "yes", "1", "true", "대상", "납부": true
        case "아니오", "아니요", "x", "n", "no", "0", "false", "비대상", "미대상", "미납": false
        default: nil
        }
    }
}
