public import Postgres

/// Finding out who asks.
extension Sessions {
    private static let live = Statement(
        name: "auth_live_session",
        sql: """
            SELECT student_id FROM v_live_sessions WHERE access_jti = $1::uuid AND student_id = $2::text
            """)

    /// Who the bearer of an access token is, nil when the token is not good or its session has ended. The signature
    /// is checked first: a forged token never costs a look-up.
    public func authenticate(_ accessToken: String, now: Int64) throws -> Caller? {
        guard let caller = try bearer(of: accessToken, now: now) else { return nil }
        return try isLive(caller) ? caller : nil
    }

    /// Whether the session still lives whose token a bearer showed.
    public func isLive(_ caller: Caller) throws(PostgresError) -> Bool {
        try !database.run(Self.live, [.literal(caller.tokenID), .text(caller.studentID)]).isEmpty
    }

    /// Whom an access token was issued to; nil when it is not good. Whether the session still lives is not known: that
    /// is asked together with what the bearer wants, by `liveQuery` or in the statement that decides.
    public func bearer(of accessToken: String, now: Int64) throws -> Caller? {
        try codec.verify(accessToken, now: now).map(Caller.init)
    }

    private static let liveOfMany = Statement(
        name: "auth_live_sessions",
        sql: """
            SELECT q.number
              FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS q (access_jti, student_id, number)
              JOIN v_live_sessions s ON s.access_jti = q.access_jti AND s.student_id = q.student_id
            """)

    /// Asks whose session lives.
    public static func liveQuery(of bearers: [Caller]) -> Query {
        Query(liveOfMany, [.literals(bearers.map(\.tokenID)), .texts(bearers.map(\.studentID))])
    }

    /// The answer to `liveQuery`: the positions of those whose session lives.
    public static func live(_ rows: ResultSet) -> Set<Int> {
        Set((0..<rows.count).compactMap { rows[$0].int(0).map { $0 - 1 } })
    }
}

extension Caller {
    fileprivate init(_ token: AccessToken) {
        self.init(studentID: token.studentID, tokenID: token.id)
    }
}
