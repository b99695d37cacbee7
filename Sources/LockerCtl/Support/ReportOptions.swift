internal import ArgumentParser
internal import JSON
internal import Operations

/// What every command that reports has in common.
struct ReportOptions: ParsableArguments {
    @Flag(name: .long, help: "JSON으로 보여 줍니다.")
    var json = false

    /// Reads a report and shows it: as JSON, or by `render`.
    func show(_ report: Report, render: (Document) throws -> String) throws {
        try command {
            let document = try Connection.operations().read(report)
            Console.say(json ? document.text : try render(document))
        }
    }

    /// A list as a table; the sentence when it is empty.
    func show(_ report: Report, empty: String, _ columns: [Column]) throws {
        try show(report) { document in
            document.rows.isEmpty ? empty : Column.table(document.rows, columns).text
        }
    }
}

/// One column of a list: its heading, and a cell from a row.
struct Column {
    let heading: String
    var isNumber = false
    let cell: ([String: JSONValue]) -> String

    static func table(_ rows: [[String: JSONValue]], _ columns: [Column]) -> Table {
        Table(
            headings: columns.map(\.heading), rows: rows.map { row in columns.map { $0.cell(row) } },
            numbers: Set(columns.indices.filter { columns[$0].isNumber }))
    }

    static func text(_ heading: String, _ name: String) -> Column {
        Column(heading: heading) { $0[name]?.shown ?? "-" }
    }
    static func number(_ heading: String, _ name: String) -> Column {
        Column(heading: heading, isNumber: true) { $0[name]?.shown ?? "-" }
    }
    /// With its hyphens: Excel would take the bare digits for a number and drop the leading zero.
    static func phone(_ heading: String, _ name: String) -> Column {
        Column(heading: heading) { Phone.shown($0[name]?.string ?? "-") }
    }
    static func state(_ heading: String, _ name: String) -> Column {
        Column(heading: heading) { StateText.of($0[name]?.string ?? "-") }
    }
    static func instant(_ heading: String, _ name: String) -> Column {
        Column(heading: heading) { KoreanTime.show($0[name]?.string) }
    }
}

extension JSONValue {
    /// The objects of an array.
    var objects: [[String: JSONValue]] {
        (array ?? []).compactMap(\.object)
    }

    /// A value as a person reads it; `-` for none.
    var shown: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let flag): flag ? "예" : "아니오"
        case .null, .number, .array, .object: "-"
        }
    }
}
