internal import Auth
internal import OpenSSL

/// An entity tag (RFC 9110 §8.8.3): a digest of the body.
struct EntityTag: Equatable, Sendable {
    /// The strong form, with its quotes.
    let text: String
    /// A compressed body has the tag of the plain one, marked as weak: the same content in other bytes.
    private(set) var isWeak = false

    /// What stands in the header.
    var header: String { isWeak ? "W/" + text : text }

    /// The same tag for the compressed form.
    var weak: EntityTag {
        var tag = self
        tag.isWeak = true
        return tag
    }

    init(of body: [UInt8]) throws {
        text = "\"" + Base64URL.encode(try SHA256.digest(of: body).prefix(15)) + "\""
    }

    /// Whether an `If-None-Match` names it, by weak comparison (§13.1.2).
    func matches(ifNoneMatch header: String?) -> Bool {
        guard let header else { return false }
        // As it was given, and nothing else: what every browser sends.
        if header == self.header { return true }
        return header.split(separator: ",").contains { candidate in
            let candidate = candidate.drop { $0 == " " }
            let strong = candidate.hasPrefix("W/") ? candidate.dropFirst(2) : candidate
            let trimmed = strong.prefix { $0 != " " }
            return trimmed == "*" || trimmed == text
        }
    }
}
