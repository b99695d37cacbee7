internal import ArgumentParser
internal import CSV
internal import Foundation
internal import Operations

/// A list into a CSV that Excel opens rightly.
struct ExportOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "저장할 파일. 없으면 화면(표준 출력)에 씁니다.")
    var output: String?

    @Flag(name: .long, help: "이미 있는 파일을 덮어씁니다.")
    var overwrite = false

    @Flag(name: .long, help: "CSV 대신 JSON으로 내보냅니다.")
    var json = false

    func write(_ report: Report, _ columns: [Column]) throws {
        try command {
            let document = try Connection.operations().read(report)
            var bytes = Array((document.text + "\n").utf8)
            if !json {
                let rows = document.rows.map { row in columns.map { column in Self.cell(column.cell(row)) } }
                bytes = CSV.write([columns.map(\.heading)] + rows)
            }
            guard let output else { return Console.put(bytes) }
            try OutputFile.write(bytes, to: output, overwrite: overwrite)
            Console.note("\(output)에 \(document.rows.count)건을 저장했습니다.")
        }
    }

    private static func cell(_ text: String) -> String { text == "-" ? "" : text }
}
