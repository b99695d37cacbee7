internal import OpenSSL

/// A refresh token: 32 random bytes, which the client has as base64url and the database only as their SHA-256.
struct RefreshToken {
    static let length = 32

    let text: String
    let hash: [UInt8]

    /// A new one.
    static func random() throws -> RefreshToken {
        let bytes = try Random.bytes(length)
        return RefreshToken(text: Base64URL.encode(bytes), hash: try SHA256.digest(of: bytes))
    }

    private init(text: String, hash: [UInt8]) {
        self.text = text
        self.hash = hash
    }

    /// One that a client presented; nil when it cannot be one of ours (an access token cannot).
    init?(presented text: String) throws {
        guard let bytes = Base64URL.decode(Array(text.utf8)), bytes.count == Self.length else { return nil }
        self.init(text: text, hash: try SHA256.digest(of: bytes))
    }
}
