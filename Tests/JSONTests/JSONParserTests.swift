import JSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        (#"{}"#, JSONValue.object([:])),
        (
            #" { "a" : [ 1 , -2 , true , false , null ] } "#,
            .object(["a": .array([.integer(1), .integer(-2), .bool(true), .bool(false), .null])])
        ),
        (#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, .string("\"\\/\u{8}\u{C}\n\r\té😀")),
        ("\"홍길동\"", .string("홍길동")),
        ("0", .integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
        ("9223372036854775808", .number), ("1.5", .number), ("1e400", .number), ("1E+2", .number),
    ])
    func wellFormed(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
    }

    @Test(arguments: [
        ("", JSONSyntaxError.Reason.unexpectedEnd), ("{", .unexpectedEnd), (#"{"a""#, .unexpectedEnd),
        (#"{"a":1,}"#, .unexpectedByte), ("[1,]", .unexpectedByte), ("{a:1}", .unexpectedByte),
        ("{'a':1}", .unexpectedByte), ("01", .trailingBytes), ("1.", .unexpectedEnd), (".5", .unexpectedByte),
        ("+1", .unexpectedByte), ("-", .unexpectedEnd), ("1e", .unexpectedEnd), ("NaN", .unexpectedByte),
        ("tru", .unexpectedEnd), ("{} {}", .trailingBytes), ("{}x", .trailingBytes),
        (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        ("\"a\u{1}\"", .controlCharacter), ("\"a\nb\"", .controlCharacter), (#""\x""#, .unexpectedByte),
        (#""\ud800""#, .loneSurrogate), (#""\udc00""#, .loneSurrogate), (#""\ud800\u0041""#, .loneSurrogate),
        (#""\u12"#, .unexpectedEnd), (#""\u12g4""#, .unexpectedByte), ("\"abc", .unexpectedEnd),
        ("\u{FEFF}{}", .byteOrderMark),
    ])
    func malformed(text: String, reason: JSONSyntaxError.Reason) {
        #expect { try JSONParser.parse(Array(text.utf8)) } throws: { ($0 as? JSONSyntaxError)?.reason == reason }
    }

    @Test func invalidUTF8IsRefused() {
        for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] {
            #expect { try JSONParser.parse(bytes) } throws: { ($0 as? JSONSyntaxError)?.reason == .invalidUTF8 }
        }
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONParser.parse(nested(JSONParser.maximumDepth))
        for depth in [JSONParser.maximumDepth + 1, 8000] {
            #expect { try JSONParser.parse(nested(depth)) } throws: { ($0 as? JSONSyntaxError)?.reason == .tooDeep }
        }
    }
}

@Suite struct JSONWriterTests {
    @Test func whatIsWrittenIsReadBack() throws {
        let bytes = JSONWriter.object { json in
            json.member("text", "한 \"글\" \\ \u{1} \n")
            json.member("number", -5)
            json.member("none", nil as String?)
            json.member("flag", true)
            json.member(
                "list",
                array: { list in
                    list.integer(1)
                    list.object { $0.member("x", "y") }
                    list.null()
                })
            json.member("empty", object: { _ in })
        }
        #expect(
            try JSONParser.parse(bytes)
                == .object([
                    "text": .string("한 \"글\" \\ \u{1} \n"), "number": .integer(-5), "none": .null, "flag": .bool(true),
                    "list": .array([.integer(1), .object(["x": .string("y")]), .null]), "empty": .object([:]),
                ]))
    }
}
