internal import Foundation
internal import OpenSSL

/// What PostgreSQL keeps of a password, made here (RFC 5803, RFC 7677): the password itself never leaves this host, and so
/// cannot stand in the log of a server that logs statements.
enum ScramSecret {
    /// The number of rounds that PostgreSQL takes, and RFC 7677 asks for at least.
    private static let rounds = 4096

    static func of(_ password: String) throws(Failure) -> String {
        do { return try of(password, salt: Random.bytes(16)) } catch { throw Failure("비밀번호를 만들 수 없습니다. (\(error))") }
    }

    /// `SCRAM-SHA-256$<rounds>:<salt>$<StoredKey>:<ServerKey>`
    static func of(_ password: String, salt: [UInt8]) throws(OpenSSLError) -> String {
        // Hi() of RFC 5802 §2.2.
        let mac = try HMACSHA256(key: Array(password.utf8))
        var round = try mac.tag(of: salt + [0, 0, 0, 1])
        var salted = round
        for _ in 1..<rounds {
            round = try mac.tag(of: round)
            for index in salted.indices { salted[index] ^= round[index] }
        }
        // RFC 5802 §3.
        let keyed = try HMACSHA256(key: salted)
        let stored = try SHA256.digest(of: keyed.tag(of: Array("Client Key".utf8)))
        let server = try keyed.tag(of: Array("Server Key".utf8))
        func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
        return "SCRAM-SHA-256$\(rounds):\(base64(salt))$\(base64(stored)):\(base64(server))"
    }
}
