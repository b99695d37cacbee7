internal import CSV

/// A CSV with headings: its columns are found by name, in any order.
struct Sheet {
    struct Row {
        /// Where the row begins in the file, from 1.
        let line: Int
        fileprivate let cells: [String: String]
        /// The cell under a heading, without surrounding space; empty when the column is not there.
        subscript(_ name: String) -> String { cells[name] ?? "" }
    }
    let rows: [Row]

    /// - Parameters:
    ///   - columns: the Korean heading of each column that must be there, and its other names
    ///   - optional: those that may be missing
    static func read(
        _ bytes: [UInt8], columns: [(name: String, others: [String])], optional: [(name: String, others: [String])] = []
    ) throws(Failure) -> Sheet {
        let records: [CSV.Record]
        do {
            records = try CSV.read(bytes)
        } catch {
            throw Failure("\(error.line)행: " + reason(error.reason))
        }
        guard let headings = records.first else { throw Failure("빈 파일입니다.") }
        var places: [String: Int] = [:]
        for (name, others) in columns + optional {
            let names = ([name] + others).map(normal)
            let found = headings.cells.indices.filter { names.contains(normal(headings.cells[$0])) }
            if found.count > 1 { throw Failure("\(headings.line)행: ‘\(name)’ 열이 둘 이상 있습니다.") }
            places[name] = found.first
        }
        let missing = columns.map(\.name).filter { places[$0] == nil }
        if !missing.isEmpty {
            throw Failure(
                "첫 행에 열 이름 \(missing.joined(separator: ", "))이(가) 없습니다. 있는 열: \(headings.cells.joined(separator: ", "))"
            )
        }
        return Sheet(
            rows: records.dropFirst().filter { !$0.cells.allSatisfy { normal($0).isEmpty } }.map { record in
                Row(
                    line: record.line,
                    cells: places.mapValues { place in
                        place < record.cells.count ? trimmed(record.cells[place]) : ""
                    })
            })
    }

    /// All faults at once, each with its line; nothing is imported then.
    static func refuse(_ faults: [String]) throws(Failure) {
        if faults.isEmpty { return }
        throw Failure("파일에 고칠 곳이 \(faults.count)군데 있습니다. 아무것도 가져오지 않았습니다.\n" + faults.joined(separator: "\n"))
    }

    private static func normal(_ text: String) -> String { text.lowercased().filter { !$0.isWhitespace && $0 != "_" } }
    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func reason(_ reason: CSV.SyntaxError.Reason) -> String {
        switch reason {
        case .encoding: "글자를 읽을 수 없습니다. UTF-8이나 CP949(Excel)로 저장해 주세요."
        case .unclosedQuote: "여는 따옴표(\")가 닫히지 않았습니다."
        case .textAfterQuote: "닫는 따옴표(\") 뒤에 글자가 있습니다."
        }
    }
}
