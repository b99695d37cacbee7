internal import ArgumentParser
internal import JSON
internal import Operations

struct StudentShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "학생의 정보, 사물함, 최근 기록을 봅니다.")

    @Argument(help: "학번 (옛 서버에서 온 10자리가 아닌 것도)") var student: AnyStudentID
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(.student(student.text)) { document in
            guard let row = document.rows.first else { throw Failure("학번 \(student.text)인 학생이 없습니다.") }
            let locker = row["locker"]?.object
            let roster = row["roster"]?.object
            let reason = roster?["reason"]?.string.map { " (\($0))" } ?? ""
            var lines = [
                "학번      \(student.text)",
                "이름      \(row["name"]?.shown ?? "")",
                "전화번호  \(Phone.shown(row["phone_number"]?.string ?? ""))",
                "가입      \(KoreanTime.show(row["created_at"]?.string))",
                "사물함    "
                    + (locker.map {
                        "\($0["locker_id"]?.shown ?? "")번 \($0["location"]?.shown ?? "") (\(StateText.of($0["state"]?.string ?? "")))"
                    } ?? "없음"),
                "로그인    \(row["sessions"]?.shown ?? "0")개",
                "명단      " + (roster.map { ($0["eligible"] == .bool(true) ? "대상" : "대상 아님") + reason } ?? "없음"),
            ]
            let decisions = row["decisions"]?.objects ?? []
            if !decisions.isEmpty {
                let columns: [Column] = [
                    .instant("언제", "decided_at"),
                    Column(heading: "일") { DecisionText.act($0["act"]?.string ?? "-") },
                    Column(heading: "결과") { DecisionText.outcome($0["outcome"]?.string ?? "-") },
                    .number("사물함", "locker_id"),
                ]
                lines += ["", Column.table(decisions, columns).text]
            }
            return lines.joined(separator: "\n")
        }
    }
}
