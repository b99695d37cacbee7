public import Postgres

/// What a client gets when a session begins or goes on.
public struct Tokens: Equatable, Sendable {
    public let accessToken: String
    public let refreshToken: String
    /// Seconds that the access token lives.
    public let expiresIn: Int
    public let serialID: Int
}

/// Somebody whose access token is good and whose session lives.
public struct Caller: Equatable, Sendable {
    public let studentID: String
    /// The access token's `jti`.
    public let tokenID: String
}

/// Sessions: how they begin, go on and end. One per thread.
public final class Sessions {
    public enum SignIn: Equatable, Sendable {
        /// `isNew`: the account was made just now.
        case signedIn(Tokens, isNew: Bool)
        /// No such 학번.
        case unknown
        /// The 학번 exists with another name or phone.
        case invalid
        /// By the council's list, no: a stranger, a wrong name or phone, or somebody who is not eligible. Which of these is
        /// not told.
        case notListed
        /// No such 학번, and this server makes no accounts.
        case registrationClosed
        case phoneNumberInUse
        /// Too many failures: seconds until the next attempt is looked at.
        case tooManyAttempts(retryAfter: Int)
    }

    let database: Database
    let codec: AccessTokenCodec
    private let policy: SessionPolicy

    public init(database: Database, codec: AccessTokenCodec, policy: SessionPolicy) {
        self.database = database
        self.codec = codec
        self.policy = policy
    }

    private static let open = Statement(
        name: "auth_sign_in",
        sql: """
            SELECT outcome, serial_id, retry_after FROM auth_sign_in(
                $1::text, $2::text, $3::text, $4::text, $5::boolean, $6::bytea, $7::uuid, $8::uuid,
                $9::int, $10::int, $11::text, $12::text, $13::int, $14::int, $15::int)
            """)

    /// Checks an identity and opens a session, in one transaction.
    /// - Parameters:
    ///   - registers: whether an account is made where there is none, if this server may
    ///   - now: seconds since 1970
    public func signIn(_ identity: Identity, client: Client, registers: Bool, now: Int64) throws -> SignIn {
        let refresh = try RefreshToken.random()
        let tokenID = try UUIDText.random()
        let rows = try database.run(
            Self.open,
            [
                .text(identity.studentID), .text(identity.name), .text(identity.phoneNumber),
                .text(policy.registration.rawValue), .bool(registers), .bytes(refresh.hash), .literal(tokenID),
                .literal(try UUIDText.random()), .int(policy.refreshLifetime), .int(policy.sessionLifetime),
                .text(client.userAgent), .text(client.network), .int(policy.maximumSessions),
                .int(policy.maximumFailures), .int(policy.failureWindow),
            ])
        let outcome = rows.first?.text(0)
        switch outcome {
        case "signed_in", "created":
            let tokens = try tokens(
                studentID: identity.studentID, tokenID: tokenID, refresh: refresh, serialID: rows.first?.int(1),
                now: now)
            return .signedIn(tokens, isNew: outcome == "created")
        case "unknown": return .unknown
        case "invalid": return .invalid
        case "not_listed": return .notListed
        case "registration_closed": return .registrationClosed
        case "phone_number_in_use": return .phoneNumberInUse
        case "too_many_attempts": return .tooManyAttempts(retryAfter: rows.first?.int(2) ?? policy.failureWindow)
        default: throw PostgresError.unexpectedResult("auth_sign_in")
        }
    }

    private static let rotate = Statement(
        name: "auth_rotate",
        sql: """
            SELECT outcome, student_id, serial_id
              FROM auth_rotate($1::bytea, $2::bytea, $3::uuid, $4::int, $5::text, $6::text, $7::uuid[])
            """)

    /// Spends a refresh token and issues the next; nil when it is not good. A token that was spent before ends its
    /// whole session.
    /// - Parameter accessTokens: what the client presented beside it. The one that was issued with the refresh token ends
    ///   with it; those of other sessions end these.
    public func refresh(_ presented: String, accessTokens: [String], client: Client, now: Int64) throws -> Tokens? {
        guard let spent = try RefreshToken(presented: presented) else { return nil }
        let next = try RefreshToken.random()
        let tokenID = try UUIDText.random()
        let rows = try database.run(
            Self.rotate,
            [
                .bytes(spent.hash), .bytes(next.hash), .literal(tokenID), .int(policy.refreshLifetime),
                .text(client.userAgent), .text(client.network), .literals(try tokenIDs(accessTokens, now: now)),
            ])
        guard let row = rows.first, row.text(0) == "rotated", let studentID = row.text(1) else { return nil }
        return try tokens(studentID: studentID, tokenID: tokenID, refresh: next, serialID: row.int(2), now: now)
    }

    private static let end = Statement(
        name: "auth_end_presented", sql: "SELECT auth_end_presented($1::bytea, $2::uuid[])")

    /// Ends the sessions that the presented tokens belong to. Returns whether any of them was good. A refresh token that
    /// was spent before is not, and ends its whole session all the same.
    public func end(refreshToken: String?, accessTokens: [String], now: Int64) throws -> Bool {
        let hash = try refreshToken.flatMap { try RefreshToken(presented: $0)?.hash }
        let tokenIDs = try tokenIDs(accessTokens, now: now)
        if hash == nil && tokenIDs.isEmpty { return false }
        return try database.run(Self.end, [.bytes(hash), .literals(tokenIDs)]).first?.bool(0) ?? false
    }

    /// The `jti` of each that is good.
    private func tokenIDs(_ accessTokens: [String], now: Int64) throws -> [String] {
        try accessTokens.compactMap { try codec.verify($0, now: now)?.id }
    }

    private static let endAll = Statement(
        name: "auth_end_all_sessions", sql: "SELECT auth_end_all_sessions($1::text)")

    /// Ends every session of a student.
    public func endAll(of caller: Caller) throws {
        _ = try database.run(Self.endAll, [.text(caller.studentID)])
    }

    private static let sweep = Statement(name: "auth_sweep", sql: "SELECT auth_sweep()")

    /// Forgets sessions that ran out and failures whose window is over. Returns how many sessions were deleted.
    public func sweep() throws -> Int {
        try database.run(Self.sweep).first?.int(0) ?? 0
    }

    private func tokens(
        studentID: String, tokenID: String, refresh: RefreshToken, serialID: Int?, now: Int64
    ) throws -> Tokens {
        guard let serialID else { throw PostgresError.unexpectedResult("serial_id") }
        return Tokens(
            accessToken: try codec.issue(studentID: studentID, id: tokenID, now: now), refreshToken: refresh.text,
            expiresIn: codec.lifetime, serialID: serialID)
    }
}
