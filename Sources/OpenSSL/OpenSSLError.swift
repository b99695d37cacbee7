import COpenSSL

/// A call of OpenSSL that failed. Its description is safe to log: OpenSSL's reasons name no data.
public struct OpenSSLError: Error, CustomStringConvertible {
    public let description: String

    /// Reads and empties the thread's error queue, which must be done at once.
    static func last(_ call: String) -> OpenSSLError {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        ERR_clear_error()
        let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return OpenSSLError(description: "\(call): \(reason)")
    }
}
