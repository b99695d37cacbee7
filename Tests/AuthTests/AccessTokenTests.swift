import JSON
import OpenSSL
import Testing

@testable import Auth

@Suite struct AccessTokenTests {
    static let now: Int64 = 1_772_420_400
    static let jti = "0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11"
    static let settings = AccessTokenSettings(
        secret: Array("0123456789abcdef0123456789abcdef".utf8), issuer: "locker-server", audience: "locker-web",
        lifetime: 1800)

    let codec: AccessTokenCodec
    let key: HMACSHA256
    /// The real key identifier, as a token of ours carries it.
    let kid: String

    init() throws {
        codec = try AccessTokenCodec(Self.settings)
        key = try HMACSHA256(key: Self.settings.secret)
        let token = try codec.issue(studentID: "2023321234", id: Self.jti, now: Self.now)
        kid = try #require(JWS(compact: token)?.header["kid"]?.string)
    }

    private var goodHeader: String { #"{"alg":"HS256","typ":"JWT","kid":"\#(kid)"}"# }

    private static let goodClaims =
        #""sub":"2023321234","iss":"locker-server","aud":"locker-web","iat":\#(now),"exp":\#(now + 60),"jti":"\#(jti)""#

    /// A token signed with the right key, whatever it says.
    private func signed(header: String? = nil, payload: String) throws -> String {
        try JWS.compact(header: Array((header ?? goodHeader).utf8), payload: Array(payload.utf8), key: key)
    }

    @Test func whatIsIssuedVerifies() throws {
        let token = try codec.issue(studentID: "2023321234", id: Self.jti, now: Self.now)
        let read = try #require(try codec.verify(token, now: Self.now + 1799))
        #expect(read == AccessToken(studentID: "2023321234", id: Self.jti, expiresAt: Self.now + 1800))
        #expect(try codec.verify(token, now: Self.now + 1800) == nil)
    }

    /// The clock was set back, or is another host's: who has just signed in must not be turned away.
    @Test func aTokenOfAClockThatIsAheadIsGood() throws {
        let token = try codec.issue(studentID: "2023321234", id: Self.jti, now: Self.now)
        #expect(try codec.verify(token, now: Self.now - 300) != nil)
        #expect(try codec.verify(token, now: Self.now - 301) == nil)
    }

    @Test func theHandMadeTokenOfTheTableIsGood() throws {
        // Otherwise the tables below would pass for the wrong reason.
        #expect(try codec.verify(try signed(payload: "{\(Self.goodClaims)}"), now: Self.now) != nil)
    }

    @Test func previousKeyStillVerifiesAndNeverSigns() throws {
        var rotated = Self.settings
        rotated.previousSecret = Self.settings.secret
        rotated.secret = Array("fedcba9876543210fedcba9876543210".utf8)
        let newer = try AccessTokenCodec(rotated)
        let old = try codec.issue(studentID: "2023321234", id: Self.jti, now: Self.now)
        #expect(try newer.verify(old, now: Self.now) != nil)
        #expect(
            try codec.verify(newer.issue(studentID: "2023321234", id: Self.jti, now: Self.now), now: Self.now) == nil)
    }

    /// Header by header; KID stands for the right key identifier.
    @Test(arguments: [
        ("algorithm none", #"{"alg":"none","typ":"JWT","kid":"KID"}"#),
        ("algorithm None", #"{"alg":"None","typ":"JWT","kid":"KID"}"#),
        ("algorithm NONE", #"{"alg":"NONE","typ":"JWT","kid":"KID"}"#),
        ("algorithm nOnE", #"{"alg":"nOnE","typ":"JWT","kid":"KID"}"#),
        ("another HMAC", #"{"alg":"HS512","typ":"JWT","kid":"KID"}"#),
        ("key confusion with RSA", #"{"alg":"RS256","typ":"JWT","kid":"KID"}"#),
        ("lower case", #"{"alg":"hs256","typ":"JWT","kid":"KID"}"#),
        ("no algorithm", #"{"typ":"JWT","kid":"KID"}"#),
        ("algorithm as a list", #"{"alg":["HS256"],"typ":"JWT","kid":"KID"}"#),
        ("algorithm twice", #"{"alg":"HS256","alg":"none","typ":"JWT","kid":"KID"}"#),
        ("no type", #"{"alg":"HS256","kid":"KID"}"#),
        ("another type", #"{"alg":"HS256","typ":"JOSE","kid":"KID"}"#),
        ("no key", #"{"alg":"HS256","typ":"JWT"}"#),
        ("unknown key", #"{"alg":"HS256","typ":"JWT","kid":"another"}"#),
        ("key as a path", #"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#),
        ("key as SQL", #"{"alg":"HS256","typ":"JWT","kid":"x' UNION SELECT 'k"}"#),
        ("key as a number", #"{"alg":"HS256","typ":"JWT","kid":1}"#),
        ("critical extension", #"{"alg":"HS256","typ":"JWT","kid":"KID","crit":["exp"],"exp":1}"#),
        ("empty crit", #"{"alg":"HS256","typ":"JWT","kid":"KID","crit":[]}"#),
        ("unencoded payload, RFC 7797", #"{"alg":"HS256","typ":"JWT","kid":"KID","b64":false}"#),
        ("key by URL", #"{"alg":"HS256","typ":"JWT","kid":"KID","jku":"https://example.com/keys"}"#),
        ("key in the token", #"{"alg":"HS256","typ":"JWT","kid":"KID","jwk":{"kty":"oct","k":"AA"}}"#),
        ("certificate by URL", #"{"alg":"HS256","typ":"JWT","kid":"KID","x5u":"https://example.com/c"}"#),
        ("certificate in the token", #"{"alg":"HS256","typ":"JWT","kid":"KID","x5c":["MIIB"]}"#),
        ("key by its thumbprint", #"{"alg":"HS256","typ":"JWT","kid":"KID","x5t#S256":"AA"}"#),
        ("compressed, RFC 7516", #"{"alg":"HS256","typ":"JWT","kid":"KID","zip":"DEF"}"#),
        ("encrypted", #"{"alg":"dir","enc":"A128GCM","typ":"JWT","kid":"KID"}"#),
        ("nested", #"{"alg":"HS256","typ":"JWT","kid":"KID","cty":"JWT"}"#),
        (
            "password-based, with a count that would keep us busy",
            #"{"alg":"PBES2-HS256+A128KW","p2c":2147483647,"typ":"JWT","kid":"KID"}"#
        ),
        ("another type, RFC 9068", #"{"alg":"HS256","typ":"at+jwt","kid":"KID"}"#),
        ("type in lower case", #"{"alg":"HS256","typ":"jwt","kid":"KID"}"#),
        ("algorithm empty", #"{"alg":"","typ":"JWT","kid":"KID"}"#),
        ("algorithm null", #"{"alg":null,"typ":"JWT","kid":"KID"}"#),
        ("algorithm with a space", #"{"alg":"HS256 ","typ":"JWT","kid":"KID"}"#),
        ("algorithm with a NUL", #"{"alg":"HS256\u0000","typ":"JWT","kid":"KID"}"#),
        ("name of the algorithm in capitals", #"{"ALG":"HS256","typ":"JWT","kid":"KID"}"#),
        ("algorithm escaped and again plain", #"{"\u0061lg":"HS256","alg":"none","typ":"JWT","kid":"KID"}"#),
        ("no key's name", #"{"alg":"HS256","typ":"JWT","kid":""}"#),
        ("key null", #"{"alg":"HS256","typ":"JWT","kid":null}"#),
        ("key of another case", #"{"alg":"HS256","typ":"JWT","kid":"KID "}"#),
        ("something behind the header", #"{"alg":"HS256","typ":"JWT","kid":"KID"}x"#),
        ("a byte order mark", "\u{FEFF}" + #"{"alg":"HS256","typ":"JWT","kid":"KID"}"#),
        ("no object", #"["HS256"]"#), ("no JSON", "HS256"), ("empty", ""),
    ])
    func hostileHeader(name: String, header: String) throws {
        let token = try signed(header: header.replacing("KID", with: kid), payload: "{\(Self.goodClaims)}")
        #expect(try codec.verify(token, now: Self.now) == nil, "\(name)")
    }

    /// Payload by payload: each replaces, adds or leaves out one claim.
    @Test(arguments: [
        ("no sub", #""sub":"2023321234","#, ""), ("sub as a number", #""2023321234""#, "2023321234"),
        ("empty sub", #""2023321234""#, #""""#), ("sub is no 학번", "2023321234", "admin"),
        ("sub with a NUL", "2023321234", #"202332123\u0000"#),
        ("no iss", #""iss":"locker-server","#, ""), ("another iss", "locker-server", "another"),
        ("no aud", #""aud":"locker-web","#, ""), ("another aud", "locker-web", "another"),
        ("aud as a list", #""locker-web""#, #"["locker-web"]"#),
        ("no exp", #""exp":1772420460,"#, ""), ("past exp", "1772420460", "1772420400"),
        ("exp as a text", "1772420460", #""1772420460""#), ("exp with a fraction", "1772420460", "1772420460.5"),
        ("huge exp", "1772420460", "1e400"), ("negative exp", "1772420460", "-1"), ("null exp", "1772420460", "null"),
        ("no iat", #""iat":1772420400,"#, ""), ("future iat", "1772420400", "1772420701"),
        ("iat as a text", "1772420400", #""1772420400""#),
        ("no jti", #","jti":"0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11""#, ""), ("jti is no UUID", jti, "1"),
        ("jti in upper case", jti, "0B7C8C9E-3F62-4F0E-9A44-6F9F0D6F2A11"),
        ("future nbf", #""sub""#, #""nbf":1772420701,"sub""#), ("nbf as a text", #""sub""#, #""nbf":"0","sub""#),
        ("sub twice", #""sub""#, #""sub":"2023325678","sub""#), ("exp twice", #""exp""#, #""exp":9999999999,"exp""#),
    ])
    func hostilePayload(name: String, from: String, to: String) throws {
        let payload = "{\(Self.goodClaims)}".replacing(from, with: to)
        #expect(payload != "{\(Self.goodClaims)}", "\(name): the row changes nothing")
        #expect(try codec.verify(try signed(payload: payload), now: Self.now) == nil, "\(name)")
    }

    @Test func hostileShapes() throws {
        let good = try signed(payload: "{\(Self.goodClaims)}")
        let parts = good.split(separator: ".").map(String.init)
        let shapes: [(String, String)] = [
            ("no signature", "\(parts[0]).\(parts[1])."), ("two segments", "\(parts[0]).\(parts[1])"),
            ("four segments", good + "."), ("five segments", good + ".a.b"), ("empty", ""), ("dots", ".."),
            ("padding", good + "="), ("white space", good + " "), ("newline", good + "\n"),
            ("signature cut short", String(good.dropLast(22))), ("not base64url", good.replacing("-", with: "+") + "+"),
            ("far too long", good + String(repeating: "A", count: 4096)),
            ("signature of another payload", "\(parts[0]).\(Base64URL.encode(Array("{}".utf8))).\(parts[2])"),
            ("no JSON inside", try signed(payload: "홍길동")), ("a list inside", try signed(payload: "[]")),
            ("a refresh token", Base64URL.encode(Array(repeating: 7, count: 32))),
        ]
        for (name, token) in shapes { #expect(try codec.verify(token, now: Self.now) == nil, "\(name)") }
    }

    @Test func theLastCharacterHasOneSpelling() throws {
        // The tag's 32 bytes leave two bits over in the last character: three more spellings, all refused.
        let good = try signed(payload: "{\(Self.goodClaims)}")
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var accepted = 0
        for character in alphabet where try codec.verify(good.dropLast() + String(character), now: Self.now) != nil {
            accepted += 1
        }
        #expect(accepted == 1)
    }
}
