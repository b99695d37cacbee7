import JSON
import OpenSSL

@testable import Auth

/// A codec with a key of its own, and the one token that it takes without our help.
private struct Bench {
    static let now: Int64 = 1_772_420_400
    let settings = AccessTokenSettings(
        secret: Array("a secret of the fuzzer, 32 bytes!".utf8), issuer: "issuer", audience: "audience", lifetime: 1800)
    let codec: AccessTokenCodec
    let key: HMACSHA256
    let header: [UInt8]

    init() throws {
        codec = try AccessTokenCodec(settings)
        key = try HMACSHA256(key: settings.secret)
        let token = try codec.issue(
            studentID: "2023321234", id: "0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11", now: Self.now)
        header = token.utf8.split(separator: UInt8(ascii: ".")).first.flatMap { Base64URL.decode($0) } ?? []
    }
}

// Safe: libFuzzer calls from one thread only, and nothing changes it.
nonisolated(unsafe) private let bench = try! Bench()  // Safe: made of constants; when it fails no run begins.

/// The first byte chooses what the rest is: a whole token, a payload that the right key signs, or a header that it signs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJWT(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let kind = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    do {
        switch kind & 3 {
        case 0:
            // Nobody but the key can make a token.
            let token = String(decoding: rest, as: UTF8.self)
            let forged = try bench.codec.verify(token, now: Bench.now) != nil
            precondition(!forged, "forged")
        case 1:
            let token = try JWS.compact(header: bench.header, payload: rest, key: bench.key)
            guard let read = try bench.codec.verify(token, now: Bench.now) else { return 0 }
            precondition(read.expiresAt > Bench.now && !read.studentID.isEmpty && UUIDText.isValid(read.id), "taken")
            let isSpelledTwice = try bench.codec.verify(token + "=", now: Bench.now) != nil
            precondition(!isSpelledTwice, "two spellings")
        case 2:
            // A header of whatever kind over good claims: only ours is taken.
            let claims = JSONWriter.object {
                $0.member("sub", "2023321234")
                $0.member("iss", bench.settings.issuer)
                $0.member("aud", bench.settings.audience)
                $0.member("iat", Int(Bench.now))
                $0.member("exp", Int(Bench.now) + 60)
                $0.member("jti", "0b7c8c9e-3f62-4f0e-9a44-6f9f0d6f2a11")
            }
            let token = try JWS.compact(header: rest, payload: claims, key: bench.key)
            guard try bench.codec.verify(token, now: Bench.now) != nil else { return 0 }
            let members = try JSONParser.parse(rest).object ?? [:]
            precondition(members["alg"] == .string("HS256") && members.count == 3, "a header that is not ours")
        default:
            guard let decoded = Base64URL.decode(rest) else { return 0 }
            precondition(Array(Base64URL.encode(decoded).utf8) == rest, "two spellings of one value")
        }
    } catch {
        preconditionFailure("OpenSSL failed, or a header that is no JSON was taken: \(error)")
    }
    return 0
}
