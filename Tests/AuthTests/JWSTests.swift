import Foundation
import OpenSSL
import Testing

@testable import Auth

@Suite struct JWSTests {
    struct Vector: Decodable {
        let source: String
        let key: String
        let token: String
        let payload: String
    }

    private static func vectors() throws -> [Vector] {
        let url = try #require(Bundle.module.url(forResource: "jws", withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: url))
    }

    @Test func publishedVectorsVerify() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count == 2)
        for vector in vectors {
            let key = try HMACSHA256(key: try #require(Base64URL.decode(Array(vector.key.utf8))))
            let jws = try #require(JWS(compact: vector.token), "\(vector.source)")
            #expect(try jws.isSigned(by: key), "\(vector.source)")
            #expect(String(decoding: jws.payload, as: UTF8.self) == vector.payload, "\(vector.source)")
        }
    }

    @Test func anotherKeyDoesNotVerify() throws {
        for vector in try Self.vectors() {
            let key = try HMACSHA256(key: Array(repeating: 1, count: 32))
            #expect(try JWS(compact: vector.token)?.isSigned(by: key) == false)
        }
    }

    @Test func everyChangedCharacterIsNoticed() throws {
        let vector = try Self.vectors()[0]
        let key = try HMACSHA256(key: try #require(Base64URL.decode(Array(vector.key.utf8))))
        let token = Array(vector.token.utf8)
        for position in token.indices {
            var changed = token
            changed[position] = token[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let jws = JWS(compact: String(decoding: changed, as: UTF8.self))
            #expect(try jws?.isSigned(by: key) != true, "byte \(position)")
        }
    }
}

@Suite struct Base64URLTests {
    @Test func roundTrip() {
        for length in 0...64 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            #expect(Base64URL.decode(Array(Base64URL.encode(bytes).utf8)) == bytes)
        }
    }

    /// Padding, the other alphabet, white space, an impossible length, stray bits.
    @Test(arguments: ["QQ==", "QUI=", "+/+/", "QQ ", " QQ", "Q", "QUJDR", "QR", "QUJ", "Q\n", "한글"])
    func oneSpellingOnly(text: String) {
        #expect(Base64URL.decode(Array(text.utf8)) == nil)
    }
}
