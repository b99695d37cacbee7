import Foundation
import OpenSSL
import Testing

/// C2SP/wycheproof's vectors for HMAC-SHA256 (testvectors_v1/hmac_sha256_test.json, Apache-2.0).
@Suite struct WycheproofTests {
    struct File: Decodable {
        struct Group: Decodable {
            let tagSize: Int
            let tests: [Case]
        }
        struct Case: Decodable {
            let tcId: Int
            let key: String
            let msg: String
            let tag: String
            let result: String
        }
        let testGroups: [Group]
    }

    @Test func everyFullLengthTag() throws {
        let url = try #require(
            Bundle.module.url(forResource: "wycheproof_hmac_sha256", withExtension: "json", subdirectory: "Vectors"))
        let groups = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).testGroups
        var valid = 0
        var invalid = 0
        for group in groups where group.tagSize == 256 {
            for test in group.tests {
                let tag = try HMACSHA256(key: bytes(test.key)).tag(of: bytes(test.msg))
                let matches = equalInConstantTime(tag, try bytes(test.tag))
                #expect(matches == (test.result == "valid"), "case \(test.tcId)")
                if test.result == "valid" { valid += 1 } else { invalid += 1 }
            }
        }
        // What the file holds: a file that was read wrongly would prove nothing.
        #expect(valid == 33 && invalid == 54, "\(valid) valid and \(invalid) invalid cases")
    }

    private func bytes(_ hex: String) throws -> [UInt8] {
        try stride(from: 0, to: hex.count, by: 2).map { offset in
            let start = hex.index(hex.startIndex, offsetBy: offset)
            return try #require(UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16))
        }
    }
}

@Suite struct DigestTests {
    /// FIPS 180-4's example "abc".
    @Test func sha256OfABC() throws {
        let digest = try SHA256.digest(of: Array("abc".utf8))
        #expect(digest.prefix(4) == [0xBA, 0x78, 0x16, 0xBF] && digest.suffix(2) == [0x15, 0xAD])
    }

    @Test func oneContextGivesTheSameTagAgain() throws {
        let hmac = try HMACSHA256(key: Array(repeating: 7, count: 32))
        let first = try hmac.tag(of: [1, 2, 3])
        _ = try hmac.tag(of: [4])
        #expect(try hmac.tag(of: [1, 2, 3]) == first)
    }

    @Test func randomBytesDiffer() throws {
        #expect(try Random.bytes(32) != Random.bytes(32))
    }

    @Test func comparisonNeedsEqualLengths() {
        #expect(equalInConstantTime([1, 2], [1, 2]))
        #expect(!equalInConstantTime([1, 2], [1, 3]))
        #expect(!equalInConstantTime([1, 2], [1]))
    }
}
