internal import Auth
internal import FastCGI
internal import JSON

/// Signing in and out.
extension APIHandler {
    func login(_ context: Context) throws -> Reply {
        let identity = try context.body.identity()
        switch try signIn(identity, context, registers: false) {
        case .signedIn(let tokens, _): return Self.reply(200, tokens)
        case .tooManyAttempts(let retryAfter): throw APIError.tooManyAttempts(retryAfter: retryAfter)
        case .unknown, .invalid, .notListed, .registrationClosed, .phoneNumberInUse: throw APIError(.invalidCredentials)
        }
    }

    func register(_ context: Context) throws -> Reply {
        let identity = try context.body.identity()
        switch try students.register(identity) {
        case .created: break
        case .studentIDExists: throw APIError(.studentIDExists)
        case .phoneNumberInUse: throw APIError(.phoneNumberInUse)
        case .registrationClosed: throw APIError(.registrationClosed)
        case .notEligible: throw APIError(.notEligible)
        case .tooManyAttempts(let retryAfter): throw APIError.tooManyAttempts(retryAfter: retryAfter)
        }
        return Reply(status: 201) {
            $0.member("message", "등록되었습니다.")
            $0.member("student_id", identity.studentID)
        }
    }

    func loginOrRegister(_ context: Context) throws -> Reply {
        let identity = try context.body.identity()
        switch try signIn(identity, context, registers: true) {
        case .signedIn(let tokens, let isNew): return Self.reply(isNew ? 201 : 200, tokens)
        case .unknown, .invalid: throw APIError(.invalidCredentials)
        case .notListed: throw APIError(.notEligible)
        case .registrationClosed: throw APIError(.registrationClosed)
        case .phoneNumberInUse: throw APIError(.phoneNumberInUse)
        case .tooManyAttempts(let retryAfter): throw APIError.tooManyAttempts(retryAfter: retryAfter)
        }
    }

    func refresh(_ context: Context) throws -> Reply {
        let presented = try context.body.required("refresh_token")
        guard
            let tokens = try sessions.refresh(
                presented, accessTokens: try accessTokens(context), client: context.request.client, now: context.now)
        else { throw APIError(.invalidRefreshToken) }
        return Self.reply(200, tokens)
    }

    func logout(_ context: Context) throws -> Reply {
        let refreshToken = try context.body.optional("refresh_token")
        guard
            try sessions.end(refreshToken: refreshToken, accessTokens: try accessTokens(context), now: context.now)
        else { throw APIError(.unauthorized) }
        return .message("로그아웃되었습니다.")
    }

    func logoutAll(_ context: Context) throws -> Reply {
        try sessions.endAll(of: try context.signedIn())
        return .message("모든 기기에서 로그아웃되었습니다.")
    }

    func profile(_ context: Context) throws -> Reply {
        let caller = try context.signedIn()
        guard let profile = try students.profile(of: caller) else { throw APIError(.unauthorized) }
        return Reply(status: 200) {
            $0.member("student_id", caller.studentID)
            $0.member("name", profile.name)
            $0.member("phone_number", profile.phoneNumber)
        }
    }

    /// What a client presents as access tokens, in the body and in `Authorization`: an old copy in one place does not hide
    /// the good one in the other.
    private func accessTokens(_ context: Context) throws -> [String] {
        [try context.body.optional("access_token"), context.request.bearerToken].compactMap { $0 }
    }

    private func signIn(_ identity: Identity, _ context: Context, registers: Bool) throws -> Sessions.SignIn {
        try sessions.signIn(identity, client: context.request.client, registers: registers, now: context.now)
    }

    private static func reply(_ status: Int, _ tokens: Tokens) -> Reply {
        Reply(status: status, capacity: 640) {
            $0.member("access_token", tokens.accessToken)
            $0.member("refresh_token", tokens.refreshToken)
            $0.member("token_type", "Bearer")
            $0.member("expires_in", tokens.expiresIn)
            $0.member("serial_id", tokens.serialID)
        }
    }
}
