import Testing

@testable import CSV

@Suite struct CSVTests {
    @Test(arguments: [
        ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
        ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
        ("a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
        ("\u{FEFF}학번,이름\n", [["학번", "이름"]]),
        ("a,\"b,c\"\n", [["a", "b,c"]]),
        ("a,\"say \"\"hi\"\"\"\n", [["a", "say \"hi\""]]),
        ("\"two\r\nlines\",x\r\n", [["two\r\nlines", "x"]]),
        ("a,,\n", [["a", "", ""]]),
        ("\"\"\n", [[""]]),
        ("\n\na\n\n", [["a"]]),
        ("", []),
        ("a\"b,c\n", [["a\"b", "c"]]),
    ])
    func reads(text: String, cells: [[String]]) throws {
        #expect(try CSV.read(Array(text.utf8)).map(\.cells) == cells)
    }

    @Test func tellsTheLineOfEachRecord() throws {
        let records = try CSV.read(Array("h\r\n\r\n\"a\r\nb\",c\r\nd\r\n".utf8))
        #expect(records.map(\.line) == [1, 3, 5])
    }

    @Test(arguments: [
        ("a,\"b\nc\n", CSV.SyntaxError.Reason.unclosedQuote, 1),
        ("x\na,\"b\" c\n", .textAfterQuote, 2),
    ])
    func refuses(text: String, reason: CSV.SyntaxError.Reason, line: Int) {
        #expect(throws: CSV.SyntaxError(reason: reason, line: line)) { try CSV.read(Array(text.utf8)) }
    }

    @Test func readsCP949() throws {
        // 학번,이름 / 홍길동, and a syllable (똠) that CP949 has and EUC-KR has not.
        let bytes: [UInt8] = [
            0xC7, 0xD0, 0xB9, 0xF8, 0x2C, 0xC0, 0xCC, 0xB8, 0xA7, 0x0D, 0x0A,
            0x31, 0x2C, 0xC8, 0xAB, 0xB1, 0xE6, 0xB5, 0xBF, 0x8C, 0x63, 0x0D, 0x0A,
        ]
        #expect(try CSV.read(bytes).map(\.cells) == [["학번", "이름"], ["1", "홍길동똠"]])
    }

    @Test func refusesWhatIsNeither() {
        #expect(throws: CSV.SyntaxError(reason: .encoding, line: 2)) { try CSV.read([0x61, 0x0A, 0xFF, 0xFF, 0x0A]) }
    }

    @Test(arguments: [
        ("홍길동", "홍길동"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""), ("", ""),
        ("=1+1", "'=1+1"), ("+82", "'+82"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        (" =1", "' =1"), ("＝1", "'＝1"), ("=\"x\",1", "\"'=\"\"x\"\",1\""), ("010-1234-5678", "010-1234-5678"),
    ])
    func writesHarmlessly(cell: String, written: String) {
        #expect(CSV.write([[cell, "x"]]) == [0xEF, 0xBB, 0xBF] + Array("\(written),x\r\n".utf8))
    }

    @Test(arguments: [[["학번", "이름"], ["2023321234", "홍, \"길\"\r\n동"], ["", "x"]]])
    func readsWhatItWrote(rows: [[String]]) throws {
        #expect(try CSV.read(CSV.write(rows)).map(\.cells) == rows)
    }
}
