internal import Curl
internal import JSON

/// Sends requests in the name of students and writes down each with its start, its end and its answer. One per thread.
final class Caller {
    private let client: HTTPClient
    private let watch: Stopwatch
    private(set) var attempts: [Attempt] = []

    /// What an answer says, so far as the storm goes by it.
    struct Reply {
        let status: Int
        let code: String?
        let retryAfter: Int?
        let json: [String: JSONValue]
    }

    init(_ settings: HTTPClient.Settings, _ watch: Stopwatch) {
        client = HTTPClient(settings)
        self.watch = watch
    }

    /// Makes the connection, so that the first request of the storm does not wait for it.
    func warmUp() { _ = try? client.send("/api/v1/application-period") }

    @discardableResult
    func send(_ kind: Attempt.Kind, student: Int, lockerID: Int = 0, token: String? = nil, body: [UInt8] = []) -> Reply
    {
        let path =
            switch kind {
            case .signIn: "/api/v1/auth/login"
            case .list: "/api/v1/lockers"
            case .own: "/api/v1/lockers/me"
            default: "/api/v1/lockers/\(lockerID)/\(kind.rawValue)"
            }
        let isRead = kind == .list || kind == .own
        let start = watch.microseconds
        let answer: HTTPClient.Answer?
        var code: String?
        do {
            answer = try client.send(path, body: isRead ? nil : body, token: token)
        } catch {
            answer = nil
            code = error.description
        }
        let end = watch.microseconds
        var json: [String: JSONValue] = [:]
        if let answer {
            json = (try? JSONParser.parse(answer.body))?.object ?? [:]
            if answer.status >= 400 { code = json["error"]?.string ?? "?" }
        }
        attempts.append(
            Attempt(
                kind: kind, student: student, lockerID: lockerID, start: start, end: end, status: answer?.status ?? 0,
                code: code, requestID: answer?.requestID, mayHaveBeenSentTwice: answer?.mayHaveBeenSentTwice ?? false,
                retryAfter: answer?.retryAfter))
        return Reply(status: answer?.status ?? 0, code: code, retryAfter: answer?.retryAfter, json: json)
    }
}
