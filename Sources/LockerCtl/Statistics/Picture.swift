/// The rush as an SVG for the council's announcement: nobody's data is in it.
struct Picture {
    let title: String
    let subtitle: String
    let rush: Rush

    private static let (width, height) = (1200, 675)
    private static let (left, right, top, bottom) = (90, 40, 150, 80)

    var svg: String {
        let (plotWidth, plotHeight) = (Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom)
        let scale = Double(max(rush.peak, 1))
        let step = Double(plotWidth) / Double(max(rush.steps.count, 1))
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(Self.height)" \
            viewBox="0 0 \(Self.width) \(Self.height)" role="img" \
            font-family="Pretendard, 'Noto Sans CJK KR', 'Noto Sans KR', 'Apple SD Gothic Neo', sans-serif">
            """,
            "<title>\(Self.escaped(title))</title>",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
            text(Self.left, 62, title, size: 34, weight: 700),
            text(Self.left, 100, subtitle, size: 20, fill: "#555555"),
            "<rect x=\"\(Self.left)\" y=\"118\" width=\"16\" height=\"16\" fill=\"#1d4ed8\"/>",
            text(Self.left + 24, 132, "성공", size: 16),
            "<rect x=\"\(Self.left + 80)\" y=\"118\" width=\"16\" height=\"16\" fill=\"#c7d2fe\"/>",
            text(Self.left + 104, 132, "시도", size: 16),
        ]
        for quarter in 0...4 {
            let y = Self.top + plotHeight - plotHeight * quarter / 4
            parts.append(
                "<line x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(y)\" y2=\"\(y)\" stroke=\"#e5e7eb\"/>"
            )
            parts.append(text(Self.left - 10, y + 5, String(Int(scale) * quarter / 4), size: 15, anchor: "end"))
        }
        let every = max(1, rush.steps.count / 12)
        for (index, bar) in rush.steps.enumerated() {
            let x = Double(Self.left) + step * Double(index) + step * 0.1
            for (count, color) in [(bar.attempts, "#c7d2fe"), (bar.held, "#1d4ed8")] {
                let height = Double(plotHeight) * Double(count) / scale
                parts.append(
                    "<rect x=\"\(Self.short(x))\" y=\"\(Self.short(Double(Self.top + plotHeight) - height))\" "
                        + "width=\"\(Self.short(step * 0.8))\" height=\"\(Self.short(height))\" fill=\"\(color)\"/>")
            }
            if index % every == 0 {
                parts.append(
                    text(
                        Int(x + step * 0.4), Self.height - Self.bottom + 24, Rush.label(bar.second), size: 15,
                        anchor: "middle"))
            }
        }
        parts.append(
            text(Self.width / 2, Self.height - 22, "신청 시작 후 (분:초)", size: 16, anchor: "middle", fill: "#555555"))
        parts.append("</svg>\n")
        return parts.joined(separator: "\n")
    }

    private func text(
        _ x: Int, _ y: Int, _ words: String, size: Int, weight: Int = 400, anchor: String = "start",
        fill: String = "#111827"
    ) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" font-weight=\"\(weight)\" text-anchor=\"\(anchor)\" "
            + "fill=\"\(fill)\">\(Self.escaped(words))</text>"
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
