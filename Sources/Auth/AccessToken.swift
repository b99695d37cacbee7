internal import JSON
internal import OpenSSL

/// What an access token says, after everything about it was checked.
public struct AccessToken: Equatable, Sendable {
    /// `sub`: the 학번.
    public let studentID: String
    /// `jti`: a UUID; the session's row in the database carries the same.
    public let id: String
    /// `exp`: seconds since 1970.
    public let expiresAt: Int64
}

/// What an access token is made for and with. Values from the configuration; the same on every host.
public struct AccessTokenSettings: Sendable {
    /// The key that signs, 32 bytes at least (RFC 7518 §3.2).
    public var secret: [UInt8]
    /// The key before it, which still verifies, so that the secret can be changed without signing anyone out.
    public var previousSecret: [UInt8]?
    /// `iss`
    public var issuer: String
    /// `aud`
    public var audience: String
    /// How long a token lives, in seconds.
    public var lifetime: Int64

    public init(secret: [UInt8], previousSecret: [UInt8]? = nil, issuer: String, audience: String, lifetime: Int64) {
        self.secret = secret
        self.previousSecret = previousSecret
        self.issuer = issuer
        self.audience = audience
        self.lifetime = lifetime
    }
}

/// Signs and verifies access tokens (RFC 7519, with RFC 8725's advice). Holds keyed contexts: one per thread.
public final class AccessTokenCodec {
    private struct Key {
        let id: String
        let hmac: HMACSHA256
        /// The header of every token that is signed with it.
        let header: [UInt8]

        init(secret: [UInt8]) throws {
            hmac = try HMACSHA256(key: secret)
            // An identifier that the key itself determines: no second setting to keep in step, and the same on every host.
            let id = Base64URL.encode(try hmac.tag(of: Array("locker-server key id".utf8)).prefix(9))
            self.id = id
            header = JSONWriter.object {
                $0.member("alg", "HS256")
                $0.member("typ", "JWT")
                $0.member("kid", id)
            }
        }
    }

    /// How far the clock that a token was issued by may be ahead of ours, in seconds: another host's, or our own before it
    /// was set back, after which everybody who has just signed in would be turned away. Nothing rests on its being small:
    /// who can sign a token need not lie about when.
    private static let clockSkew: Int64 = 300

    private let keys: [Key]
    private let knownHeaders: [JWS.KnownHeader]
    private let settings: AccessTokenSettings

    public init(_ settings: AccessTokenSettings) throws {
        self.settings = settings
        keys = try ([settings.secret] + (settings.previousSecret.map { [$0] } ?? [])).map(Key.init)
        knownHeaders = try keys.map { try JWS.KnownHeader($0.header) }
    }

    /// How long a token lives, in seconds.
    public var lifetime: Int { Int(settings.lifetime) }

    /// A signed token for a student.
    /// - Parameters:
    ///   - id: the `jti`, a UUID
    ///   - now: seconds since 1970
    public func issue(studentID: String, id: String, now: Int64) throws -> String {
        let key = keys[0]
        let payload = JSONWriter.object {
            $0.member("sub", studentID)
            $0.member("iss", settings.issuer)
            $0.member("aud", settings.audience)
            $0.member("iat", Int(now))
            $0.member("exp", Int(now + settings.lifetime))
            $0.member("jti", id)
        }
        return try JWS.compact(header: key.header, payload: payload, key: key.hmac)
    }

    /// What the token says, nil when anything at all is wrong with it: one answer for every fault, so that a forger
    /// learns nothing.
    public func verify(_ token: String, now: Int64) throws -> AccessToken? {
        guard let jws = JWS(compact: token, knowing: knownHeaders),
            jws.header["typ"] == .string("JWT"),
            // Names of keys elsewhere (jku, jwk, x5u, …) and whatever else we never wrote.
            jws.header.keys.allSatisfy({ $0 == "alg" || $0 == "typ" || $0 == "kid" }),
            let kid = jws.header["kid"]?.string,
            let key = keys.first(where: { $0.id == kid }),
            try jws.isSigned(by: key.hmac),
            let claims = (try? JSONParser.parse(jws.payload))?.object,
            claims["iss"] == .string(settings.issuer),
            claims["aud"] == .string(settings.audience),
            let studentID = claims["sub"]?.string, Identity.isStudentID(studentID),
            let id = claims["jti"]?.string, UUIDText.isValid(id),
            let issuedAt = claims["iat"]?.integer, issuedAt <= now + Self.clockSkew,
            let expiresAt = claims["exp"]?.integer, expiresAt > now
        else { return nil }
        if let notBefore = claims["nbf"] {
            guard let instant = notBefore.integer, instant <= now + Self.clockSkew else { return nil }
        }
        return AccessToken(studentID: studentID, id: id, expiresAt: expiresAt)
    }
}
