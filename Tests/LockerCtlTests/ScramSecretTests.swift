import Foundation
import OpenSSL
import Testing

@testable import LockerCtl

/// RFC 7677 §3: what the example's server proves with its key.
@Test func aPasswordBecomesWhatTheServerKeeps() throws {
    let salt = try #require(Data(base64Encoded: "W22ZaJ0SNY7soEsUEjb6gQ=="))
    let secret = try ScramSecret.of("pencil", salt: Array(salt))
    let parts = secret.split(whereSeparator: { "$:".contains($0) }).map(String.init)
    try #require(parts.count == 5)
    #expect(parts[0...2] == ["SCRAM-SHA-256", "4096", "W22ZaJ0SNY7soEsUEjb6gQ=="])

    let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    let exchange = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=\(nonce)"
    let serverKey = try #require(Data(base64Encoded: parts[4]))
    let signature = try HMACSHA256(key: Array(serverKey)).tag(of: Array(exchange.utf8))
    #expect(Data(signature).base64EncodedString() == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")

    // And the client's side: its proof gives back a key whose digest is the stored one.
    let stored = try #require(Data(base64Encoded: parts[3]))
    let proof = try #require(Data(base64Encoded: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
    let clientSignature = try HMACSHA256(key: Array(stored)).tag(of: Array(exchange.utf8))
    let clientKey = zip(proof, clientSignature).map { $0 ^ $1 }
    #expect(try SHA256.digest(of: clientKey) == Array(stored))
}

@Test func noTwoSecretsAreAlike() throws {
    #expect(try ScramSecret.of("pencil") != ScramSecret.of("pencil"))
}
