internal import CCurl

/// Sends one HTTP request after the other over a connection that is kept. One per thread, made inside it.
public final class HTTPClient {
    public struct Settings: Sendable {
        /// `https://host:port`, without a slash at its end.
        public var base: String
        /// A file of certificates to trust instead of the system's.
        public var certificates: String?
        /// False trusts whoever answers. For a stand's own certificate only.
        public var verifies: Bool
        /// How long a request may take in all.
        public var timeout: Duration

        public init(base: String, certificates: String? = nil, verifies: Bool = true, timeout: Duration = .seconds(15))
        {
            self.base = base
            self.certificates = certificates
            self.verifies = verifies
            self.timeout = timeout
        }
    }

    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]
        /// The value of `X-Request-Id`.
        public let requestID: String?
        /// The value of `Retry-After` in seconds.
        public let retryAfter: Int?
        /// The kept connection was found dead and another was made. libcurl then sends the request again by itself when
        /// nothing of an answer had come: it may have reached the server twice.
        public let mayHaveBeenSentTwice: Bool
    }

    /// What the callbacks of a running request write to.
    private final class Inbox {
        var body: [UInt8] = []
        var requestID: String?
        var retryAfter: Int?
    }

    private let handle: OpaquePointer
    private let base: String
    private let inbox = Inbox()
    private var hasConnected = false

    /// Once in a process, before the first thread: libcurl's start is not safe beside another thread.
    public static func start() { _ = locker_curl_global_init() }

    public init(_ settings: Settings) {
        // Never nil but without memory, and then nothing is left to do.
        handle = OpaquePointer(curl_easy_init()!)
        base = settings.base
        let raw = UnsafeMutableRawPointer(handle)
        // Signals are the process's: without this libcurl uses SIGALRM for time limits of name look-ups.
        _ = locker_curl_set_long(raw, CURLOPT_NOSIGNAL, 1)
        _ = locker_curl_set_long(raw, CURLOPT_TIMEOUT_MS, settings.timeout.milliseconds)
        _ = locker_curl_set_long(raw, CURLOPT_CONNECTTIMEOUT_MS, min(5000, settings.timeout.milliseconds))
        // Whatever proxy the shell is set to: the stand is meant, and nothing between.
        _ = locker_curl_set_string(raw, CURLOPT_NOPROXY, "*")
        _ = locker_curl_set_long(raw, CURLOPT_TCP_NODELAY, 1)
        _ = locker_curl_set_long(raw, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        if let certificates = settings.certificates { _ = locker_curl_set_string(raw, CURLOPT_CAINFO, certificates) }
        if !settings.verifies {
            _ = locker_curl_set_long(raw, CURLOPT_SSL_VERIFYPEER, 0)
            _ = locker_curl_set_long(raw, CURLOPT_SSL_VERIFYHOST, 0)
        }
        // The inbox lives as long as the handle: both are this object's.
        let context = Unmanaged.passUnretained(inbox).toOpaque()
        _ = locker_curl_set_pointer(raw, CURLOPT_WRITEDATA, context)
        _ = locker_curl_set_receiver(raw, CURLOPT_WRITEFUNCTION, Self.receiveBody)
        _ = locker_curl_set_pointer(raw, CURLOPT_HEADERDATA, context)
        _ = locker_curl_set_receiver(raw, CURLOPT_HEADERFUNCTION, Self.receiveHeader)
    }

    deinit { curl_easy_cleanup(UnsafeMutableRawPointer(handle)) }

    /// Sends a request and waits for its answer.
    /// - Parameters:
    ///   - body: for a POST, the JSON text; an empty one when there is nothing to say. Nil makes it a GET.
    ///   - token: the access token for `Authorization`.
    public func send(_ path: String, body: [UInt8]? = nil, token: String? = nil) throws(CurlError) -> Answer {
        let raw = UnsafeMutableRawPointer(handle)
        inbox.body = []
        inbox.requestID = nil
        inbox.retryAfter = nil
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        headers = curl_slist_append(headers, "Accept: application/json")
        // Not "Expect: 100-continue", which would cost a round trip.
        headers = curl_slist_append(headers, "Expect:")
        if let token { headers = curl_slist_append(headers, "Authorization: Bearer \(token)") }
        if let body {
            headers = curl_slist_append(headers, body.isEmpty ? "Content-Type:" : "Content-Type: application/json")
            _ = locker_curl_set_long(raw, CURLOPT_POST, 1)
            _ = locker_curl_set_long(raw, CURLOPT_POSTFIELDSIZE, body.count)
        } else {
            _ = locker_curl_set_long(raw, CURLOPT_HTTPGET, 1)
        }
        _ = locker_curl_set_pointer(raw, CURLOPT_HTTPHEADER, headers)
        _ = locker_curl_set_string(raw, CURLOPT_URL, base + path)

        // libcurl reads the body where it stands; it stays there until the request is over. One byte more, so that an
        // empty body has an address as well.
        let code = ((body ?? []) + [0]).withUnsafeBytes { bytes in
            // Not for a GET: setting it makes any request a POST.
            if body != nil {
                _ = locker_curl_set_pointer(
                    raw, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            return curl_easy_perform(raw)
        }
        var connections = 0
        _ = locker_curl_get_long(raw, CURLINFO_NUM_CONNECTS, &connections)
        let isSecond = connections > 0 && hasConnected
        if connections > 0 { hasConnected = true }
        guard code == CURLE_OK else { throw CurlError(code) }
        var status = 0
        _ = locker_curl_get_long(raw, CURLINFO_RESPONSE_CODE, &status)
        return Answer(
            status: status, body: inbox.body, requestID: inbox.requestID, retryAfter: inbox.retryAfter,
            mayHaveBeenSentTwice: isSecond)
    }

    private static let receiveBody: locker_curl_receiver = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let length = size * count
        let inbox = Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
        bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
            inbox.body.append(contentsOf: UnsafeBufferPointer(start: $0, count: length))
        }
        return length
    }

    private static let receiveHeader: locker_curl_receiver = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let length = size * count
        let inbox = Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
        let line = bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return length }
        let value = parts[1].filter { !$0.isWhitespace }
        switch parts[0].lowercased() {
        case "x-request-id": inbox.requestID = value
        case "retry-after": inbox.retryAfter = Int(value)
        default: break
        }
        return length
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
