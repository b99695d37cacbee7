import CCurl

/// A request that got no answer, by libcurl's code.
public struct CurlError: Error, Equatable, CustomStringConvertible {
    public let code: UInt32

    init(_ code: CURLcode) { self.code = code.rawValue }

    public var description: String { String(cString: curl_easy_strerror(CURLcode(rawValue: code))) }

    /// No byte of the request can have reached the server: it was not resolved, not connected, or its certificate was
    /// refused.
    public var isBeforeRequest: Bool {
        [CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION]
            .map(\.rawValue).contains(code)
    }
}
