import Testing

@testable import LockerCtl

@Suite struct OperatorTextTests {
    @Test(arguments: [
        ("2026-03-02 12:00", "2026-03-02 12:00:00+09:00"), ("2026-3-2 9:05", "2026-03-02 09:05:00+09:00"),
        ("2026.03.02 12:00:30", "2026-03-02 12:00:30+09:00"), ("2026-03-02T12:00:00Z", "2026-03-02 12:00:00Z"),
        ("2024-02-29 00:00", "2024-02-29 00:00:00+09:00"), ("2026-03-02T12:00+0900", "2026-03-02 12:00:00+0900"),
        ("2026-02-29 00:00", nil), ("2026-13-01 00:00", nil), ("2026-04-31 00:00", nil), ("2026-03-02 24:00", nil),
        ("2026-03-02", nil), ("내일", nil), ("", nil), ("2026-03-02 12:00'; DROP", nil),
    ])
    func readsInstants(text: String, instant: String?) { #expect(KoreanTime.parse(text) == instant) }

    @Test(arguments: [
        ("2026-03-02T03:00:00.123+00:00", "2026-03-02 12:00:00"), ("2026-02-28T15:00:00+00:00", "2026-03-01 00:00:00"),
        ("2026-12-31T20:30:00+00:00", "2027-01-01 05:30:00"),
    ])
    func showsUTCInKorea(text: String, shown: String) { #expect(KoreanTime.fromUTC(text) == shown) }

    @Test(arguments: [
        (0, "0초"), (59, "59초"), (60, "1분"), (3661, "1시간 1분"), (90000, "1일 1시간"), (86400, "1일"), (86405, "1일"),
    ])
    func tellsDurations(seconds: Int, text: String) { #expect(KoreanTime.duration(seconds: seconds) == text) }

    @Test(arguments: [("홍길동", 6), ("ab", 2), ("", 0), ("가a", 3)])
    func measuresCells(text: String, width: Int) { #expect(Table.width(text) == width) }

    @Test func alignsColumns() {
        let table = Table(headings: ["번호", "이름"], rows: [["1", "홍길동"], ["1101", "a"]], numbers: [0])
        #expect(table.text == "번호  이름\n────  ──────\n   1  홍길동\n1101  a")
    }

    @Test(arguments: [
        ("01012345678", "01012345678"), ("010-1234-5678", "01012345678"), ("+82 10-1234-5678", "01012345678"),
        ("+82 010 1234 5678", "01012345678"), ("0212345678", "0212345678"), ("123", nil), ("０１０１２３４５６７８", nil),
        ("abc", nil),
    ])
    func readsPhones(text: String, digits: String?) { #expect(Phone.digits(text) == digits) }

    @Test func drawsTheRush() {
        let rush = Rush(steps: [
            Rush.Step(second: 0, attempts: 100, held: 10), Rush.Step(second: 60, attempts: 1, held: 1),
        ])
        #expect(rush.chart(width: 10) == "  0:00 │█░░░░░░░░░ 10/100\n  1:00 │█ 1/1")
        #expect(Rush(steps: [Rush.Step(second: 0, attempts: 0, held: 0)]).chart() == "시도가 없었습니다.")
    }

    @Test(arguments: [
        (0, 1), (4, 1), (5, 2), (9, 3), (39, 10), (41, 12), (102, 30), (859, 250), (4150, 1200), (4801, 1500),
    ])
    func scalesThePicture(peak: Int, step: Int) { #expect(Picture.step(for: peak) == step) }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")])
    func groupsDigits(number: Int, text: String) { #expect(Picture.grouped(number) == text) }

    @Test func announcesInstants() {
        #expect(KoreanTime.announced("2026-03-02T12:05:00.123+09:00") == "2026년 3월 2일 12:05")
        #expect(KoreanTime.announced(nil) == "-")
    }

    @Test func escapesTheTitle() { #expect(Picture.escaped("<a & \"b\">\n") == "&lt;a &amp; &quot;b&quot;&gt; ") }

    @Test(arguments: [(31, 10, Finding.Grade.problem), (32, 10, .good), (64, 366, .problem)])
    func judgesTheSecret(length: Int, days: Int, grade: Finding.Grade) {
        #expect(MachineChecks.secret(length: length, days: days).grade == grade)
    }
}
