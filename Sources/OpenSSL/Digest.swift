import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The 32-byte digest of a message.
    public static func digest(of message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length = 0
        guard EVP_Q_digest(nil, "SHA256", nil, message, message.count, &digest, &length) == 1, length == 32 else {
            throw OpenSSLError.last("EVP_Q_digest")
        }
        return digest
    }
}

/// OpenSSL's cryptographically strong random generator.
public enum Random {
    public static func bytes(_ count: Int) throws(OpenSSLError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw OpenSSLError.last("RAND_bytes") }
        return bytes
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
public func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
