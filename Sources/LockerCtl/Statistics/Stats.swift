internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Operations

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "신청이 어떻게 진행되었는지 봅니다.",
        discussion: "위치별로, 그리고 시작 직후의 시간별로 시도와 성공을 셉니다. 그림에는 누구의 정보도 없습니다.")

    @Option(help: "이때부터. 없으면 지금 또는 지난 신청 기간. \(Instant.help)") var since: Instant?
    @Option(help: "이때까지. \(Instant.help)") var until: Instant?
    @Option(help: "막대 하나가 몇 초인지") var step = 60
    @Option(help: "막대를 몇 개까지 그릴지") var steps = 15
    @Option(help: "그림을 SVG 파일로 저장합니다.") var svg: String?
    @Option(help: "그림을 PNG 파일로 저장합니다. (rsvg-convert 필요)") var png: String?
    @Option(help: "그림의 제목") var title = "사물함 신청"
    @Flag(help: "이미 있는 파일을 덮어씁니다.") var overwrite = false
    @Flag(help: "JSON으로 보여 줍니다.") var json = false

    func validate() throws {
        if !(1...86400).contains(step) || !(1...200).contains(steps) {
            throw ValidationError("--step은 1~86400초, --steps는 1~200개입니다.")
        }
    }

    func run() throws {
        try command {
            let operations = try Connection.operations()
            let span = Span(since: since?.text, until: until?.text)
            let totals = try operations.read(.totals(span))
            if totals["since"].string == nil { throw Failure("신청 기간이 한 번도 없었습니다. --since로 언제부터인지 알려 주세요.") }
            let places = try operations.read(.byLocation(span))
            let rows = try operations.read(.byStep(span, seconds: step, steps: steps))
            let rush = Rush(rows.rows)
            if json {
                Console.say("{\"totals\":\(totals.text),\"locations\":\(places.text),\"steps\":\(rows.text)}")
            } else {
                Console.say(Self.text(totals, places, rush))
            }
            let picture = picture(totals, places, rush)
            if let svg {
                try OutputFile.write(Array(picture.svg.utf8), to: svg, overwrite: overwrite)
                Console.note("\(svg)에 저장했습니다.")
            }
            if let png { try savePNG(picture.svg, to: png) }
        }
    }

    private func picture(_ totals: Document, _ places: Document, _ rush: Rush) -> Picture {
        func number(_ value: JSONValue?) -> String { Picture.grouped(Int(value?.integer ?? 0)) }
        return Picture(
            title: title,
            subtitle: "\(KoreanTime.announced(totals["since"].string)) 시작 · 학생 \(number(totals["students"]))명이 "
                + "\(number(totals["attempts"]))번 시도 · \(number(totals["confirmed"]))개 확정 · 마지막 확정까지 "
                + Self.time(totals["last_won_ms"]),
            rush: rush,
            places: places.rows.map { place in
                Picture.Place(
                    name: place["location"]?.shown ?? "-",
                    figures: ["lockers", "attempts", "students", "confirmed"].map { number(place[$0]) }
                        + [Self.time(place["last_won_ms"])])
            })
    }

    private static func text(_ totals: Document, _ places: Document, _ rush: Rush) -> String {
        let columns: [Column] = [
            .text("위치", "location"), .number("사물함", "lockers"), .number("시도", "attempts"), .number("학생", "students"),
            .number("확정", "confirmed"), .number("남음", "left"),
            Column(heading: "마지막 확정까지", isNumber: true) { Self.time($0["last_won_ms"]) },
        ]
        return [
            "\(KoreanTime.show(totals["since"].string)) ~ \(KoreanTime.show(totals["until"].string))",
            "시도 \(totals["attempts"].shown)번  학생 \(totals["students"].shown)명  선점 \(totals["held"].shown)번  확정 "
                + "\(totals["confirmed"].shown)개  남음 \(totals["left"].shown)/\(totals["lockers"].shown)  마지막 확정까지 "
                + Self.time(totals["last_won_ms"]),
            "", Column.table(places.rows, columns).text, "", "시작 후 (█ 성공 ░ 시도)", rush.chart(),
        ].joined(separator: "\n")
    }

    private static func time(_ milliseconds: JSONValue?) -> String {
        guard let milliseconds = milliseconds?.integer else { return "-" }
        if milliseconds >= 60_000 { return KoreanTime.duration(seconds: Int(milliseconds / 1000)) }
        return "\(milliseconds / 1000).\(milliseconds % 1000 / 100)초"
    }

    private func savePNG(_ svg: String, to path: String) throws {
        if !overwrite, FileManager.default.fileExists(atPath: path) {
            throw Failure("\(path) 파일이 이미 있습니다. 덮어쓰려면 --overwrite를 붙이세요.")
        }
        // From a file: a program that is not there, or ends early, would leave a pipe that kills whoever writes to it.
        let source = try Dump.temporary()
        defer { try? FileManager.default.removeItem(at: source.deletingLastPathComponent()) }
        try OutputFile.write(Array(svg.utf8), to: source.path, overwrite: false)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["rsvg-convert", "--format=png", "--output=\(path)"]
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus == 127 {
            throw Failure("rsvg-convert가 없습니다. apt install librsvg2-bin fonts-noto-cjk 뒤에 다시 하거나 --svg를 쓰세요.")
        }
        guard process.terminationStatus == 0 else { throw Failure("\(path)에 PNG를 만들 수 없습니다.") }
        Console.note("\(path)에 저장했습니다.")
    }
}
