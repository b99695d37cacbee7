internal import ArgumentParser
internal import JSON
internal import Judge
internal import Postgres

/// Replays the ledger and proves the guarantee, or names each counterexample.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "결정 기록과 배정을 처음부터 다시 따라가며, 한 사물함에 한 명이었는지 증명합니다.",
        discussion: "반례가 하나도 없을 때만 0으로 끝납니다. 있으면 하나하나 이름을 대고 4로 끝납니다.")

    @Option(name: .long, help: "이 시각부터 있었던 일만 보고합니다. 예: '2026-03-02 12:00'")
    var since: String?
    @Option(name: .long, help: "이 시각 전까지 있었던 일만 보고합니다.")
    var until: String?
    @Flag(name: .long, help: "JSON으로 보여 줍니다.")
    var json = false

    func validate() throws {
        for text in [since, until].compactMap({ $0 }) where KoreanTime.parse(text) == nil {
            throw ValidationError("‘\(text)’는 시각이 아닙니다. 예: '2026-03-02 12:00'")
        }
    }

    private static let instant = Statement(name: "verify_instant", sql: "SELECT $1::timestamptz")

    func run() throws {
        try command {
            let judgement: LedgerJudge.Judgement
            do {
                let database = try OperatorDatabase.connect()
                let since = try Self.microseconds(since, database) ?? .min
                let until = try Self.microseconds(until, database) ?? .max
                judgement = LedgerJudge(try LedgerReader(database: database).record()).judge(since: since, until: until)
            } catch let error as PostgresError {
                throw OperatorDatabase.failure(error)
            }
            json ? Self.sayJSON(judgement) : Self.say(judgement)
            if !judgement.counterexamples.isEmpty { throw Ending.findings }
        }
    }

    private static func microseconds(_ text: String?, _ database: Database) throws -> Int64? {
        guard let text else { return nil }
        return try database.run(instant, [.literal(KoreanTime.parse(text))]).first?.timestamp(0)?.microseconds
    }

    private static func say(_ judgement: LedgerJudge.Judgement) {
        let figures = judgement.figures
        Console.say(
            """
            결정 \(figures.decisions)건: 선점 성공 \(figures.winners), 실패 \(figures.losers), 확정 \(figures.confirmed)
            가장 오래 기다린 결정: \(Milliseconds.text(figures.longestWait))
            """)
        if figures.removed > 0 { Console.say("결정 기록 밖에서 지워진 배정: \(figures.removed)건 (학기 마감, 학생 삭제)") }
        if figures.ownersByHand > 0 { Console.say("손으로 적은 주인: \(figures.ownersByHand)명") }
        for found in judgement.counterexamples.prefix(50) {
            for line in RuleText.lines(found) { Console.say(line) }
        }
        if judgement.counterexamples.count > 50 { Console.say("… 외 \(judgement.counterexamples.count - 50)건") }
        Console.say(
            judgement.counterexamples.isEmpty
                ? "판정: 반례가 없습니다. 어느 순간에도 한 사물함에 한 명, 한 명에 한 사물함이었습니다."
                : "판정: 반례 \(judgement.counterexamples.count)건. 보장이 깨졌습니다.")
    }

    private static func sayJSON(_ judgement: LedgerJudge.Judgement) {
        let bytes = JSONWriter.object {
            $0.figures(of: judgement)
            $0.key("counterexamples")
            $0.counterexamples(judgement.counterexamples, atMost: 1000)
        }
        Console.say(String(decoding: bytes, as: UTF8.self))
    }
}

/// Microseconds as a person reads them.
enum Milliseconds {
    /// `12.3 ms`
    static func text(_ microseconds: Int64) -> String { "\(microseconds / 1000).\(microseconds / 100 % 10) ms" }
}
