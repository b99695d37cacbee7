internal import JSON

/// The rush after an opening, step by step. What both pictures of it show.
struct Rush {
    struct Step: Equatable {
        /// Seconds after the opening.
        let second: Int
        let attempts: Int
        let held: Int
    }
    let steps: [Step]

    /// Without the empty steps at its end; the first always stays.
    init(_ rows: [[String: JSONValue]]) {
        var steps = rows.map { row in
            func number(_ name: String) -> Int { Int(row[name]?.integer ?? 0) }
            return Step(second: number("second"), attempts: number("attempts"), held: number("held"))
        }
        while steps.count > 1, steps.last?.attempts == 0 { steps.removeLast() }
        self.steps = steps
    }

    init(steps: [Step]) { self.steps = steps }

    var peak: Int { steps.map(\.attempts).max() ?? 0 }

    /// Bars for a terminal: winners full, the others light.
    func chart(width: Int = 50) -> String {
        guard peak > 0 else { return "시도가 없었습니다." }
        return steps.map { step in
            // A single winner is still seen.
            let held = step.held == 0 ? 0 : max(1, step.held * width / peak)
            let all = step.attempts == 0 ? 0 : max(held, max(1, step.attempts * width / peak))
            let label = Self.label(step.second)
            let bar = String(repeating: "█", count: held) + String(repeating: "░", count: all - held)
            return String(repeating: " ", count: max(0, 6 - label.count))
                + "\(label) │\(bar) \(step.held)/\(step.attempts)"
        }.joined(separator: "\n")
    }

    /// `1:30` after the opening.
    static func label(_ second: Int) -> String { "\(second / 60):\(second % 60 < 10 ? "0" : "")\(second % 60)" }
}
