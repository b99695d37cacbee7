internal import ArgumentParser
internal import CSV
internal import JSON
internal import Operations

struct LockerImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "사물함을 CSV의 목록과 같게 만듭니다.",
        discussion: """
            열 이름: 번호(locker_id), 위치(location). 없던 위치는 새로 만듭니다. 목록에 없는 사물함은 지우되, 누가 쓰고 \
            있는 것은 그대로 두고, 이번 학기에 쓴 적이 있는 것은 지우는 대신 사용 중지합니다. 그렇게 중지된 것은 다음 목록에 다시 있으면 \
            풀리고, locker disable로 중지한 것은 그대로입니다. 무엇이 바뀌는지 먼저 보여 주고 물어봅니다.
            """)

    @Argument(help: "CSV 파일 (-는 표준 입력)") var file: String
    @OptionGroup var change: ChangeOptions

    func run() throws {
        var lockers: [(id: Int, location: String)] = []
        try command { lockers = try LockerFile.read(try InputFile.read(file)) }
        try change.perform(.importLockers(lockers, source: InputFile.name(file)), asking: .changes) { report in
            func list(_ name: String) -> String {
                guard case .array(let numbers) = report.result[name] else { return "0" }
                let shown = numbers.prefix(10).map(\.shown).joined(separator: ", ")
                return numbers.isEmpty ? "0" : "\(numbers.count)(\(shown)\(numbers.count > 10 ? ", …" : ""))"
            }
            return "새로 \(list("new")), 위치 바뀜 \(list("changed")), 삭제 \(list("deleted")), 사용 중지 \(list("disabled")), "
                + "중지 풀림 \(list("enabled")), 목록에 없지만 쓰는 중이라 남김 \(list("kept")), "
                + "목록에 있지만 사용 중지된 채 \(list("broken")). 모두 \(report.result["total"].shown)개."
        }
    }
}

/// A list of lockers in a CSV.
enum LockerFile {
    static func read(_ bytes: [UInt8]) throws(Failure) -> [(id: Int, location: String)] {
        let sheet = try Sheet.read(
            bytes,
            columns: [("번호", ["locker_id", "사물함", "사물함번호", "사물함 번호"]), ("위치", ["location", "location_name", "장소"])])
        var faults: [String] = []
        var seen: [Int: Int] = [:]
        var lockers: [(id: Int, location: String)] = []
        for row in sheet.rows {
            guard let number = LockerNumber(argument: row["번호"]) else {
                faults.append("\(row.line)행: 번호 ‘\(row["번호"])’: 사물함 번호가 아닙니다.")
                continue
            }
            if let first = seen[number.number] {
                faults.append("\(row.line)행: 번호 \(number.number)번이 \(first)행에도 있습니다.")
            }
            if row["위치"].isEmpty { faults.append("\(row.line)행: 위치가 비어 있습니다.") }
            seen[number.number] = row.line
            lockers.append((number.number, row["위치"]))
        }
        try Sheet.refuse(faults)
        if lockers.isEmpty { throw Failure("사물함이 한 줄도 없는 파일입니다.") }
        return lockers
    }
}
