import COpenSSL

/// HMAC-SHA256 with one key (RFC 2104), keyed once: each call restarts the same context, which is five times cheaper
/// than keying a new one. Not for sharing between threads.
public final class HMACSHA256 {
    private let context: OpaquePointer

    /// The length of a tag in bytes.
    public static let tagLength = 32

    /// - Parameter key: at least one byte; RFC 7518 §3.2 wants 32 for HS256.
    public init(key: [UInt8]) throws(OpenSSLError) {
        guard let mac = EVP_MAC_fetch(nil, "HMAC", nil) else { throw OpenSSLError.last("EVP_MAC_fetch") }
        defer { EVP_MAC_free(mac) }
        guard let context = EVP_MAC_CTX_new(mac) else { throw OpenSSLError.last("EVP_MAC_CTX_new") }
        var digest = Array("SHA256".utf8CString)
        let keyed = digest.withUnsafeMutableBufferPointer { name in
            var parameters = [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, key, key.count, &parameters)
        }
        guard keyed == 1 else {
            EVP_MAC_CTX_free(context)
            throw OpenSSLError.last("EVP_MAC_init")
        }
        self.context = context
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// The 32-byte tag of a message.
    public func tag(of message: some Collection<UInt8>) throws(OpenSSLError) -> [UInt8] {
        // A nil key restarts the context with the key it has (EVP_MAC(3)).
        guard EVP_MAC_init(context, nil, 0, nil) == 1 else { throw OpenSSLError.last("EVP_MAC_init") }
        let updated =
            message.withContiguousStorageIfAvailable { EVP_MAC_update(context, $0.baseAddress, $0.count) }
            ?? Array(message).withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) }
        guard updated == 1 else { throw OpenSSLError.last("EVP_MAC_update") }
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        var length = 0
        guard EVP_MAC_final(context, &tag, &length, tag.count) == 1, length == tag.count else {
            throw OpenSSLError.last("EVP_MAC_final")
        }
        return tag
    }
}
