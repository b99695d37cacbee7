import FastCGI
import Foundation
import JSON
import Postgres
import Testing

@testable import FCGIApp

@Suite struct RFC3339Tests {
    @Test(arguments: [
        (0, "1970-01-01T09:00:00+09:00"), (1_772_420_400_000_000, "2026-03-02T12:00:00+09:00"),
        (1_772_420_400_123_456, "2026-03-02T12:00:00.123+09:00"), (1_772_420_400_000_999, "2026-03-02T12:00:00+09:00"),
        (1_709_132_400_000_000, "2024-02-29T00:00:00+09:00"), (-32_400_000_001, "1969-12-31T23:59:59.999+09:00"),
        (4_102_412_399_000_000, "2099-12-31T23:59:59+09:00"),
    ])
    func instants(microseconds: Int64, text: String) {
        #expect(RFC3339.string(Timestamp(microseconds: microseconds)) == text)
    }

    @Test func agreesWithFoundationOverThreeCenturies() {
        let style = Date.ISO8601FormatStyle(timeZone: TimeZone(secondsFromGMT: 9 * 3600) ?? .gmt)
            .year().month().day().timeZone(separator: .colon).time(includingFractionalSeconds: false)
        for seconds in stride(from: Int64(-2_208_988_800), to: 7_258_118_400, by: 86_400 * 17 + 3_607) {
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
            #expect(RFC3339.string(Timestamp(microseconds: seconds * 1_000_000)) == expected)
        }
    }
}

@Suite struct DurationTextTests {
    /// "60 seconds" would be read as 60초, so that whole minutes are minutes.
    @Test(arguments: [
        (60, "1 minutes"), (120, "2 minutes"), (3600, "60 minutes"), (59, "59 seconds"), (90, "90 seconds"),
        (0, "0 seconds"),
    ])
    func english(seconds: Int, text: String) {
        #expect(DurationText.english(seconds: seconds) == text)
    }
}

@Suite struct EntityTagTests {
    @Test func comparesWeakly() throws {
        let tag = try EntityTag(of: Array("body".utf8))
        for header in [tag.text, "W/" + tag.text, "\"a\", W/\(tag.text) , \"b\"", "*"] {
            #expect(tag.matches(ifNoneMatch: header), "\(header)")
        }
        for header in [nil, "", "\"a\"", "W/\"a\"", String(tag.text.dropLast()), tag.text.dropFirst() + ""] as [String?]
        {
            #expect(!tag.matches(ifNoneMatch: header), "\(header ?? "nil")")
        }
        #expect(try EntityTag(of: Array("other".utf8)) != tag)
    }
}

@Suite struct ErrorCatalogueTests {
    @Test func everyCodeIsSnakeCaseWithAKoreanSentence() {
        for code in ErrorCode.allCases {
            #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" })
            #expect(code.message.unicodeScalars.contains { (0xAC00...0xD7A3).contains($0.value) })
            #expect((400...599).contains(code.status))
        }
    }

    /// nginx answers with the same sentences: a student cannot tell which layer refused.
    @Test func nginxSaysTheSame() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../deploy/nginx/errors.conf")
        let text = try String(contentsOf: file, encoding: .utf8)
        let bodies = text.matches(of: /return (\d{3}) '(\{.*\})';/)
        #expect(bodies.count >= 7)
        for body in bodies {
            let members = try #require(try JSONParser.parse(Array(String(body.2).utf8)).object)
            let code = try #require(members["error"]?.string.flatMap(ErrorCode.init))
            #expect(members["message"]?.string == code.message)
            #expect(Int(body.1) == code.status)
            #expect(members["request_id"]?.string == "$request_id")
        }
    }

    @Test func databaseFaultsBecomeAnswers() {
        let table: [(PostgresError, ErrorCode)] = [
            (.cannotConnect("x"), .unavailable), (.connectionLost, .unavailable), (.deadlineExceeded, .unavailable),
            (.refused("55P03", constraint: nil), .unavailable), (.refused("57014", constraint: nil), .unavailable),
            (.refused("57P01", constraint: nil), .unavailable), (.refused("53300", constraint: nil), .unavailable),
            (.refused("40P01", constraint: nil), .unavailable), (.refused("25006", constraint: nil), .unavailable),
            (.refused("22021", constraint: nil), .invalidRequest), (.refused("23503", constraint: nil), .unauthorized),
            (.refused("42P01", constraint: nil), .internalError), (.unexpectedResult("x"), .internalError),
        ]
        for (error, code) in table {
            #expect(APIError(error).code == code, "\(error)")
            #expect(APIError(error).retryAfter == (code == .unavailable ? 1 : nil))
        }
    }
}

@Suite struct LogTests {
    @Test func oneLineOfJSON() throws {
        let event = LogEvent.request(
            id: "a\"\n", method: "GET", route: "/lockers", status: 200, error: nil, microseconds: 7)
        let line = Log.line(of: event, at: 0)
        #expect(!line.contains("\n"))
        let members = try #require(try JSONParser.parse(Array(line.utf8)).object)
        #expect(members["event"] == .string("request"))
        #expect(members["request_id"] == .string("a\"\n"))
        #expect(members["duration_us"] == .integer(7))
    }
}

@Suite struct ArgumentsTests {
    @Test(arguments: [
        ([], Arguments.run(listenPath: nil)), (["--listen", "/run/x.sock"], .run(listenPath: "/run/x.sock")),
        (["--help"], .help), (["--version"], .version), (["--listen"], .invalid), (["x"], .invalid),
        (["--help", "x"], .invalid),
    ])
    func commandLine(arguments: [String], meaning: Arguments) {
        #expect(Arguments(arguments) == meaning)
    }
}
