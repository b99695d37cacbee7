internal import Auth
internal import OpenSSL

/// A strong entity tag (RFC 9110 §8.8.3): a digest of the body.
struct EntityTag: Equatable {
    /// With its quotes.
    let text: String

    init(of body: [UInt8]) throws {
        text = "\"" + Base64URL.encode(try SHA256.digest(of: body).prefix(15)) + "\""
    }

    /// Whether an `If-None-Match` names it, by weak comparison (§13.1.2): nginx marks a compressed answer as weak.
    func matches(ifNoneMatch header: String?) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { candidate in
            let candidate = candidate.drop { $0 == " " }
            let strong = candidate.hasPrefix("W/") ? candidate.dropFirst(2) : candidate
            let trimmed = strong.prefix { $0 != " " }
            return trimmed == "*" || trimmed == text
        }
    }
}
