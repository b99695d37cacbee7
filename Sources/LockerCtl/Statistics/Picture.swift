/// The rush as an SVG for the council's announcement: nobody's data is in it.
struct Picture {
    /// One place's row of the table below the bars.
    struct Place {
        let name: String
        /// As many as `headings`.
        let figures: [String]
    }
    static let headings = ["사물함", "시도", "학생", "확정", "마지막 확정까지"]

    let title: String
    let subtitle: String
    let rush: Rush
    var places: [Place] = []

    private static let width = 1200
    private static let (left, right, top, plotHeight) = (90, 1160, 170, 420)
    private static let bottom = top + plotHeight
    private static let (attempts, winners) = ("#c7d2fe", "#1d4ed8")
    private static let (ink, grey, line) = ("#111827", "#4b5563", "#e5e7eb")
    /// Of the table: where it begins, how high a row is, where the figures' columns end.
    private static let (tableTop, rowHeight) = (bottom + 130, 36)
    private static let columns = [620, 740, 860, 980, right]

    private var height: Int {
        places.isEmpty ? Self.bottom + 85 : Self.tableTop + Self.rowHeight * places.count + 40
    }

    var svg: String {
        let frame = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(height)" \
            viewBox="0 0 \(Self.width) \(height)" role="img" \
            font-family="Pretendard, 'Noto Sans CJK KR', 'Noto Sans KR', 'Apple SD Gothic Neo', NanumGothic, sans-serif">
            """,
            "<title>\(Self.escaped(title))</title>",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
        ]
        return (frame + heading + scale + bars + table + ["</svg>\n"]).joined(separator: "\n")
    }

    private var heading: [String] {
        let room = Self.right - Self.left
        return [
            text(Self.left, 62, title, size: Self.fitting(title, 34, in: room), weight: 700),
            text(Self.left, 100, subtitle, size: Self.fitting(subtitle, 20, in: room), fill: Self.grey),
            box(Double(Self.left), 120, 16, 16, Self.winners),
            text(Self.left + 24, 134, "성공", size: 16),
            box(Double(Self.left + 80), 120, 16, 16, Self.attempts),
            text(Self.left + 104, 134, "시도", size: 16),
        ]
    }

    /// The lines that the bars are read by, and what they are.
    private var scale: [String] {
        let step = Self.step(for: rush.peak)
        return (0...4).flatMap { quarter in
            let y = Self.bottom - Self.plotHeight * quarter / 4
            return [
                "<line x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(y)\" y2=\"\(y)\" stroke=\"\(Self.line)\"/>",
                text(Self.left - 10, y + 5, Self.grouped(step * quarter), size: 15, anchor: "end", fill: Self.grey),
            ]
        } + [
            text(
                (Self.left + Self.right) / 2, Self.bottom + 58, "신청 시작 후 (분:초)", size: 16, anchor: "middle",
                fill: Self.grey)
        ]
    }

    private var bars: [String] {
        let room = Double(Self.right - Self.left) / Double(max(rush.steps.count, 1))
        let unit = Double(Self.plotHeight) / Double(4 * Self.step(for: rush.peak))
        let every = max(1, (rush.steps.count + 15) / 16)
        return rush.steps.enumerated().flatMap { index, step in
            let x = Double(Self.left) + room * (Double(index) + 0.1)
            let middle = Int(x + room * 0.4)
            var parts = [(step.attempts, Self.attempts), (step.held, Self.winners)].map { count, color in
                let height = unit * Double(count)
                return box(x, Double(Self.bottom) - height, room * 0.8, height, color)
            }
            // Over bars that are wide enough for it.
            if rush.steps.count <= 16, step.attempts > 0 {
                let label = "\(Self.grouped(step.held)) / \(Self.grouped(step.attempts))"
                let y = Self.bottom - Int(unit * Double(step.attempts)) - 7
                parts.append(
                    text(middle, y, label, size: Self.fitting(label, 14, in: Int(room)), anchor: "middle"))
            }
            if index % every == 0 {
                parts.append(
                    text(middle, Self.bottom + 24, Rush.label(step.second), size: 15, anchor: "middle", fill: Self.grey)
                )
            }
            return parts
        }
    }

    private var table: [String] {
        if places.isEmpty { return [] }
        var parts = [text(Self.left, Self.tableTop, "위치", size: 16, fill: Self.grey)]
        parts += zip(Self.columns, Self.headings).map {
            text($0, Self.tableTop, $1, size: 16, anchor: "end", fill: Self.grey)
        }
        for (index, place) in places.enumerated() {
            let y = Self.tableTop + Self.rowHeight * (index + 1)
            parts.append(
                "<line x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(y - 24)\" y2=\"\(y - 24)\" stroke=\"\(Self.line)\"/>"
            )
            parts.append(
                text(Self.left, y, place.name, size: Self.fitting(place.name, 18, in: Self.columns[0] - Self.left - 90))
            )
            parts += zip(Self.columns, place.figures).map { text($0, y, $1, size: 18, anchor: "end") }
        }
        return parts
    }

    private func text(
        _ x: Int, _ y: Int, _ words: String, size: Int, weight: Int = 400, anchor: String = "start", fill: String = ink
    ) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" font-weight=\"\(weight)\" text-anchor=\"\(anchor)\" "
            + "fill=\"\(fill)\">\(Self.escaped(words))</text>"
    }

    private func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ color: String) -> String {
        "<rect x=\"\(Self.short(x))\" y=\"\(Self.short(y))\" width=\"\(Self.short(width))\" "
            + "height=\"\(Self.short(height))\" fill=\"\(color)\"/>"
    }

    /// A quarter of the scale: the least round number of which four reach the peak.
    static func step(for peak: Int) -> Int {
        var power = 1
        while true {
            for factor in [10, 12, 15, 20, 25, 30, 40, 50, 60, 80] {
                // Below ten only what is whole.
                if factor * power % 10 == 0, 4 * (factor * power / 10) >= peak { return factor * power / 10 }
            }
            power *= 10
        }
    }

    /// A size at which a text fits, at most `size`: a Korean letter is about as wide as it is high, others a little more
    /// than half of that.
    static func fitting(_ words: String, _ size: Int, in room: Int) -> Int {
        max(8, min(size, room * 100 / max(1, Table.width(words) * 55)))
    }

    /// `8,812`
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.indices.reduce(into: "") { text, index in
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digits[index])
        }
    }

    /// With one digit after the point.
    private static func short(_ number: Double) -> String { String((number * 10).rounded() / 10) }

    /// What has a meaning of its own in XML (§2.4), and no control characters.
    static func escaped(_ words: String) -> String {
        words.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case _ where scalar.value < 0x20: " "
            default: String(scalar)
            }
        }.joined()
    }
}
