internal import Auth
internal import FastCGI
internal import JSON
internal import Postgres

/// A failure that a caller is told of.
struct APIError: Error, Equatable {
    let code: ErrorCode
    var status: Int
    var message: String
    /// Seconds for `Retry-After`.
    var retryAfter: Int?
    /// Methods for `Allow`.
    var allow: String?
    /// Further members of the body: name and text, nil for null.
    var details: [Detail] = []

    struct Detail: Equatable {
        let name: StaticString
        let value: String?

        static func == (left: Detail, right: Detail) -> Bool {
            left.name.description == right.name.description && left.value == right.value
        }
    }

    init(_ code: ErrorCode, message: String? = nil, status: Int? = nil) {
        self.code = code
        self.status = status ?? code.status
        self.message = message ?? code.message
        if self.status == 503 { retryAfter = 1 }
    }

    /// More is asked than can be done, and this has waited too long already. Later than after other faults: a wave is not
    /// over in a second. nginx says the same when it turns away by number (deploy/nginx/errors.conf).
    static var overloaded: APIError {
        var error = APIError(.unavailable)
        error.retryAfter = 2
        return error
    }

    static func tooManyAttempts(retryAfter: Int) -> APIError {
        var error = APIError(.tooManyAttempts)
        error.retryAfter = retryAfter
        return error
    }

    static func tooManyRequests(retryAfter: Int) -> APIError {
        var error = APIError(.tooManyRequests)
        error.retryAfter = retryAfter
        return error
    }

    static func methodNotAllowed(allow: String) -> APIError {
        var error = APIError(.methodNotAllowed)
        error.allow = allow
        return error
    }

    static func applicationClosed(opensAt: Timestamp?, closesAt: Timestamp?) -> APIError {
        var error = APIError(.applicationClosed)
        error.details = [
            Detail(name: "opens_at", value: opensAt.map(RFC3339.string)),
            Detail(name: "closes_at", value: closesAt.map(RFC3339.string)),
        ]
        return error
    }

    /// A field of the body that is missing or wrong; the sentence names it.
    static func invalidField(_ name: String, _ rule: String) -> APIError {
        APIError(.invalidRequest, message: "\(name): \(rule)")
    }

    static func invalidIdentity(_ fault: Identity.Fault) -> APIError {
        switch fault {
        case .studentID: invalidField("student_id", "학번은 숫자 10자리여야 합니다.")
        case .name: invalidField("name", "이름은 2자 이상 20자 이하여야 합니다.")
        case .phoneNumber: invalidField("phone_number", "전화번호는 숫자 10자리 이상 15자리 이하여야 합니다.")
        }
    }

    /// What a failure of the database is to the caller. The reason goes to the log alone.
    init(_ error: PostgresError) {
        switch error {
        case .refused(let state, _) where state == "22021" || state == "22P05":
            // A character that the database cannot hold.
            self.init(.invalidRequest)
        case .refused(.foreignKeyViolation, _):
            // The student was deleted, or got another 학번, between the look-up of his session and his act.
            self.init(.unauthorized)
        case _ where error.isTransient:
            self.init(.unavailable)
        default:
            self.init(.internalError)
        }
    }

    /// The response in the contract's shape.
    /// - Parameter challenge: whether a 401 says how to authenticate (RFC 6750 §3)
    func response(requestID: String, challenge: Bool) -> Reply {
        var reply = Reply(status: status)
        reply.body = JSONWriter.object {
            $0.member("error", code.rawValue)
            $0.member("message", message)
            for detail in details { $0.member(detail.name, detail.value) }
            $0.member("request_id", requestID)
        }
        if let retryAfter { reply.headers.append(("Retry-After", String(retryAfter))) }
        if let allow { reply.headers.append(("Allow", allow)) }
        if challenge, status == 401 { reply.headers.append(("WWW-Authenticate", "Bearer")) }
        return reply
    }
}
