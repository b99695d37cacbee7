internal import Auth
internal import FastCGI
internal import JSON
internal import Lockers
internal import Postgres
internal import Zlib

/// Answers requests, one at a time: route, read the body, authenticate, act, render. Made inside its thread, with a
/// database connection of its own.
struct APIHandler: Handler {
    let router: Router
    let log: Log
    let database: Database
    let students: Students
    let sessions: Sessions
    let sessionList: SessionList
    let reservations: Reservations
    let lockerList: LockerList
    let lists: ListStore
    let deflater: Deflater
    let attempts: Attempts
    let periods: ApplicationPeriods
    let board: Board
    let meter: Meter
    let metricsStore: MetricsStore
    /// What takes longer is told in the log by itself.
    let slowRequest: Int

    /// One request on its way: what was asked, by whom it may be asked, and what the ledger wants to know of it.
    struct Context {
        let request: Request
        let id: String
        let match: Router.Match
        let body: RequestBody
        let caller: Caller?
        let now: Int64
    }

    mutating func respond(to request: Request) -> Response {
        if Self.asksForMetrics(request) { return metrics() }
        let began = ContinuousClock.now
        meter.begin(at: WallClock.microseconds)
        let id = request[parameter: "REQUEST_ID"] ?? "-"
        let method = request[parameter: "REQUEST_METHOD"] ?? ""
        var template = "-"
        var challenge = false
        var endpoint: Endpoint?
        let reply: Reply
        var code: ErrorCode?
        do {
            let match = try router.match(method: method, target: request[parameter: "REQUEST_URI"] ?? "")
            template = match.template
            endpoint = match.endpoint
            challenge = match.endpoint.needsCaller || match.endpoint == .logout
            reply = try answer(request, id: id, match: match)
        } catch {
            let failure = failure(error, id: id, template: template)
            code = failure.code
            reply = failure.response(requestID: id, challenge: challenge)
        }
        let elapsed = began.duration(to: .now).components
        let microseconds = Int(elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
        meter.end(
            route: template, endpoint: endpoint, status: reply.status, code: code, microseconds: microseconds,
            connections: database.connections)
        log(
            .request(
                id: id, method: Self.known(method), route: template, status: reply.status, error: code?.rawValue,
                microseconds: microseconds))
        if microseconds >= slowRequest {
            log(.slowRequest(id: id, route: template, status: reply.status, microseconds: microseconds))
        }
        return reply.response
    }

    private func answer(_ request: Request, id: String, match: Router.Match) throws -> Reply {
        let body = try RequestBody(request)
        let now = WallClock.seconds
        // What these show is read together with the session.
        switch match.endpoint {
        case .lockers: return try list(request, now: now)
        case .ownLockers: return try own(request, now: now)
        default: break
        }
        var caller: Caller?
        if match.endpoint.needsCaller {
            guard let token = request.bearerToken, let found = try sessions.authenticate(token, now: now) else {
                throw APIError(.unauthorized)
            }
            caller = found
        }
        let context = Context(request: request, id: id, match: match, body: body, caller: caller, now: now)
        return switch match.endpoint {
        case .health: health()
        case .live: Reply(status: 200) { $0.member("status", "alive") }
        case .applicationPeriod: try applicationPeriod()
        case .board: try publicBoard()
        case .login: try login(context)
        case .register: try register(context)
        case .loginOrRegister: try loginOrRegister(context)
        case .refresh: try refresh(context)
        case .logout: try logout(context)
        case .logoutAll: try logoutAll(context)
        case .me: try profile(context)
        case .sessions: try listSessions(context)
        case .endSession: try endSession(context)
        case .lockers: try list(request, now: now)
        case .ownLockers: try own(request, now: now)
        case .attempts: try ownAttempts(context)
        case .hold: try hold(context)
        case .confirm: try confirm(context)
        case .releaseHold: try releaseHold(context)
        case .release: try release(context)
        }
    }

    /// What the caller is told of an error; the log is told why.
    private func failure(_ error: any Error, id: String, template: String) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as PostgresError:
            meter.databaseFailed(error)
            let answer = APIError(error)
            if answer.status >= 500 { log(.requestFailed(id: id, route: template, reason: error.description)) }
            return answer
        default:
            log(.requestFailed(id: id, route: template, reason: String(describing: error)))
            return APIError(.internalError)
        }
    }

    /// A method as the log may hold it: a caller may send any word.
    private static func known(_ method: String) -> String {
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(method) ? method : "other"
    }
}

extension APIHandler.Context {
    /// The caller of an endpoint that needs one.
    func signedIn() throws(APIError) -> Caller {
        guard let caller else { throw APIError(.unauthorized) }
        return caller
    }
}
