public import JSON
public import OpenSSL

/// A JSON Web Signature in compact serialisation (RFC 7515 §7.1), taken apart but not yet believed. Below the JWT
/// layer: the payload may be any bytes.
public struct JWS {
    /// The largest token that is looked at, in bytes. Ours have about 330.
    public static let maximumLength = 2048

    /// The members of the protected header.
    public let header: [String: JSONValue]
    /// The payload, not to be used before `isSigned` said yes.
    public let payload: [UInt8]
    private let signingInput: [UInt8]
    private let signature: [UInt8]

    /// A header that is met again and again: its base64url form and what it says.
    struct KnownHeader {
        let segment: [UInt8]
        let members: [String: JSONValue]

        init(_ header: [UInt8]) throws {
            segment = Array(Base64URL.encode(header).utf8)
            members = try JSONParser.parse(header).object ?? [:]
        }
    }

    /// Takes a token apart. Nil unless it is exactly three strict base64url segments with a JSON object as header that
    /// says `"alg":"HS256"` and no `crit`: the algorithm is ours to decide and never the token's (RFC 8725 §3.1), and
    /// an extension that must be understood is not (RFC 7515 §4.1.11).
    public init?(compact token: String) { self.init(compact: token, knowing: []) }

    /// - Parameter known: headers that need not be read again, when the token has one of them to the byte
    init?(compact token: String, knowing known: [KnownHeader]) {
        let bytes = Array(token.utf8)
        guard bytes.count <= Self.maximumLength else { return nil }
        let segments = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard segments.count == 3,
            let header = known.first(where: { segments[0].elementsEqual($0.segment) })?.members
                ?? Self.header(segments[0]),
            header["alg"] == .string("HS256"), header["crit"] == nil,
            let payload = Base64URL.decode(segments[1]),
            let signature = Base64URL.decode(segments[2]), signature.count == HMACSHA256.tagLength
        else { return nil }
        self.header = header
        self.payload = payload
        self.signature = signature
        self.signingInput = Array(bytes[..<segments[1].endIndex])
    }

    private static func header(_ segment: ArraySlice<UInt8>) -> [String: JSONValue]? {
        guard let bytes = Base64URL.decode(segment) else { return nil }
        return (try? JSONParser.parse(bytes))?.object
    }

    /// Whether the signature is the key's. The comparison takes the same time whatever differs.
    public func isSigned(by key: HMACSHA256) throws -> Bool {
        equalInConstantTime(try key.tag(of: signingInput), signature)
    }

    /// The compact serialisation of a header and a payload, signed.
    public static func compact(header: [UInt8], payload: [UInt8], key: HMACSHA256) throws -> String {
        let signingInput = Base64URL.encode(header) + "." + Base64URL.encode(payload)
        let tag = try key.tag(of: Array(signingInput.utf8))
        return signingInput + "." + Base64URL.encode(tag)
    }
}
