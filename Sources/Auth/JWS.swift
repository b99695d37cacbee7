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

    /// Takes a token apart. Nil unless it is exactly three strict base64url segments with a JSON object as header that
    /// says `"alg":"HS256"` and no `crit`: the algorithm is ours to decide and never the token's (RFC 8725 §3.1), and
    /// an extension that must be understood is not (RFC 7515 §4.1.11).
    public init?(compact token: String) {
        let bytes = Array(token.utf8)
        guard bytes.count <= Self.maximumLength else { return nil }
        let segments = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard segments.count == 3,
            let headerBytes = Base64URL.decode(segments[0]),
            let payload = Base64URL.decode(segments[1]),
            let signature = Base64URL.decode(segments[2]), signature.count == HMACSHA256.tagLength,
            let header = (try? JSONParser.parse(headerBytes))?.object,
            header["alg"] == .string("HS256"), header["crit"] == nil
        else { return nil }
        self.header = header
        self.payload = payload
        self.signature = signature
        self.signingInput = Array(bytes[..<segments[1].endIndex])
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
