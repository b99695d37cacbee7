/// Rows under headings, in columns of even width on a terminal, where a Korean letter is two cells wide.
struct Table {
    var headings: [String]
    var rows: [[String]] = []
    /// The columns of numbers, which end at the same cell.
    var numbers: Set<Int> = []

    /// The lines of the table, without trailing spaces.
    var text: String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { Self.width($0[column]) }.max() ?? 0 }
        var lines = [line(headings, widths), widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")]
        lines += rows.map { line($0, widths) }
        return lines.joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let space = String(repeating: " ", count: widths[column] - Self.width(cell))
            text += (column == 0 ? "" : "  ") + (numbers.contains(column) ? space + cell : cell + space)
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// How many cells a text takes on a terminal (Unicode Standard Annex 11: wide and fullwidth characters take two).
    static func width(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            let isWide = character.unicodeScalars.contains { scalar in
                switch scalar.value {
                case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
                    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                    true
                default: false
                }
            }
            return sum + (isWide ? 2 : 1)
        }
    }
}
