/// Tables as text (RFC 4180), as spreadsheets in Korea read and write them.
public enum CSV {
    /// One record: its cells, and the line of the file it begins at, from 1.
    public struct Record: Equatable, Sendable {
        public let line: Int
        public let cells: [String]
    }

    /// Why a text is no table, and at which line.
    public struct SyntaxError: Error, Equatable, Sendable {
        public enum Reason: Sendable {
            /// Neither UTF-8 nor CP949.
            case encoding
            case unclosedQuote
            case textAfterQuote
        }
        public let reason: Reason
        public let line: Int
    }

    /// Reads a whole file: UTF-8 with or without a byte order mark, or CP949; lines end in LF, CRLF or CR; a quoted
    /// cell may hold all of them. Empty lines are no records.
    public static func read(_ bytes: [UInt8]) throws(SyntaxError) -> [Record] {
        let text = try Encoding.text(bytes)
        var records: [Record] = []
        var cells: [String] = []
        var cell = String.UnicodeScalarView()
        // A cell is quoted from its opening quote on; `closed` once the closing one was seen.
        var quoted = false
        var closed = false
        var (line, recordLine, quoteLine) = (1, 1, 1)
        func finishCell() {
            cells.append(harmless(cell))
            cell = String.UnicodeScalarView()
            (quoted, closed) = (false, false)
        }
        func finishRecord() {
            let isEmptyLine = cells.isEmpty && cell.isEmpty && !quoted
            if !isEmptyLine {
                finishCell()
                records.append(Record(line: recordLine, cells: cells))
            }
            cells = []
        }
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            let endsLine = scalar == "\r" || (scalar == "\n" && previous != "\r")
            if quoted, !closed {
                if scalar == "\"" { closed = true } else { cell.append(scalar) }
                if endsLine { line += 1 }
                continue
            }
            switch scalar {
            case "\"" where closed:
                // A doubled quote within a quoted cell.
                closed = false
                cell.append(scalar)
            case "\"" where cell.isEmpty && !quoted: (quoted, quoteLine) = (true, line)
            case ",": finishCell()
            case "\r", "\n":
                if !endsLine { break }
                finishRecord()
                line += 1
                recordLine = line
            default:
                if closed { throw SyntaxError(reason: .textAfterQuote, line: line) }
                cell.append(scalar)
            }
        }
        if quoted, !closed { throw SyntaxError(reason: .unclosedQuote, line: quoteLine) }
        finishRecord()
        return records
    }

    /// Writes a file that Excel opens as UTF-8 (it needs the byte order mark) and that runs nothing: a cell that would
    /// be taken for a formula is made a text (OWASP, CSV Injection).
    public static func write(_ records: [[String]]) -> [UInt8] {
        var text = "\u{FEFF}"
        for cells in records { text += cells.map(written).joined(separator: ",") + "\r\n" }
        return Array(text.utf8)
    }

    /// Whether a spreadsheet would run it. Spaces before it do not make a formula a text.
    private static func isFormula(_ cell: String.UnicodeScalarView.SubSequence) -> Bool {
        cell.first { $0 != " " }.map { "=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) } ?? false
    }

    /// A cell as it was before it was made harmless (`written`): what was exported comes back as it was.
    private static func harmless(_ cell: String.UnicodeScalarView) -> String {
        cell.first == "'" && isFormula(cell.dropFirst()) ? String(cell.dropFirst()) : String(cell)
    }

    private static func written(_ cell: String) -> String {
        var cell = cell
        if isFormula(cell.unicodeScalars[...]) { cell = "'" + cell }
        let needsQuotes = cell.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }
}
