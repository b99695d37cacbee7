internal import Auth
internal import FastCGI
internal import JSON

/// The members of a request's JSON object.
struct RequestBody {
    private let members: [String: JSONValue]

    /// Reads the body; an empty one has no members.
    init(_ request: Request) throws(APIError) {
        switch request.body {
        case .tooLarge: throw APIError(.bodyTooLarge)
        case .incomplete: throw APIError(.invalidRequest)
        case .complete(let bytes):
            if bytes.isEmpty {
                members = [:]
                return
            }
            guard Self.isJSON(request[parameter: "CONTENT_TYPE"] ?? "") else { throw APIError(.unsupportedMediaType) }
            guard let value = try? JSONParser.parse(bytes) else {
                throw .invalidField("body", "요청 본문이 올바른 JSON이 아닙니다.")
            }
            guard let members = value.object else { throw .invalidField("body", "요청 본문은 JSON 객체여야 합니다.") }
            self.members = members
        }
    }

    /// `application/json`, with no other charset than UTF-8 (RFC 8259 §8.1).
    private static func isJSON(_ contentType: String) -> Bool {
        let parts = contentType.lowercased().split(separator: ";", omittingEmptySubsequences: false).map {
            String($0.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        }
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy {
            !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=\"utf-8\""
        }
    }

    /// A string that must be there.
    func required(_ name: String) throws(APIError) -> String {
        guard let text = try optional(name) else { throw .invalidField(name, "값이 필요합니다.") }
        return text
    }

    /// A string that may be left out or null.
    func optional(_ name: String) throws(APIError) -> String? {
        switch members[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw .invalidField(name, "문자열이어야 합니다.")
        }
    }

    /// 학번, name and phone number.
    func identity() throws(APIError) -> Identity {
        let studentID = try required("student_id")
        let name = try required("name")
        let phoneNumber = try required("phone_number")
        do {
            return try Identity(studentID: studentID, name: name, phoneNumber: phoneNumber)
        } catch {
            throw .invalidIdentity(error)
        }
    }
}

extension Request {
    /// The token of `Authorization: Bearer …` (RFC 6750 §2.1), nil when there is none.
    var bearerToken: String? {
        guard let header = self[parameter: "HTTP_AUTHORIZATION"] else { return nil }
        let scheme = header.prefix { $0 != " " }
        // As every client writes it, or in other letters.
        guard scheme == "Bearer" || scheme.lowercased() == "bearer" else { return nil }
        let token = header[scheme.endIndex...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }

    /// Whether the answer may come compressed (RFC 9110 §12.5.3). Also what is not said outright is a no: a plain answer
    /// is right for everybody.
    var acceptsGzip: Bool {
        guard let header = self[parameter: "HTTP_ACCEPT_ENCODING"] else { return false }
        // What every browser sends begins so; nothing of it has a weight.
        if header == "gzip" || header.hasPrefix("gzip, deflate") { return true }
        return header.split(separator: ",").contains { coding in
            let text = coding.lowercased().filter { $0 != " " && $0 != "\t" }
            guard text.hasPrefix("gzip") else { return false }
            let weight = text.dropFirst(4)
            if weight.isEmpty { return true }
            return weight.hasPrefix(";q=") && weight.dropFirst(3).contains { ("1"..."9").contains($0) }
        }
    }

    /// The device it came from.
    var client: Client {
        Client(userAgent: self[parameter: "HTTP_USER_AGENT"], address: self[parameter: "REMOTE_ADDR"])
    }
}
