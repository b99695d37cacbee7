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
    /// What waited longer, in microseconds, may be turned away: see `Overload`.
    let longestWait: Int64?
    /// When this thread began to answer, in microseconds since 1970.
    let startedAt: Int64
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

    /// What the log and the counters will say of a request.
    private struct Progress {
        let began = ContinuousClock.now
        let id: String
        let method: String
        var match: Router.Match?

        init(_ request: Request) {
            id = request[parameter: "REQUEST_ID"] ?? "-"
            method = request[parameter: "REQUEST_METHOD"] ?? ""
        }
    }

    mutating func respond(to request: Request) -> Response {
        if Self.asksForMetrics(request) { return metrics() }
        var progress = begin(request)
        let result = Result { try answer(request, &progress) }
        return end(progress, result)
    }

    /// What everybody asks for in a rush, again and again, shares its way to the database: the list, decisions, and what is
    /// one's own.
    func gathers(_ request: Request) -> Batch? {
        guard let target = request[parameter: "REQUEST_URI"] else { return nil }
        return switch request[parameter: "REQUEST_METHOD"] {
        case "GET" where target == ListRoute.target: .first
        case "GET" where target == ListRoute.own: .third
        case "POST" where target.hasPrefix(ListRoute.target + "/"): .second
        default: nil
        }
    }

    func respond(toAll requests: [Request], of batch: Batch) -> [Response?] {
        var progress = requests.map(begin)
        let now = WallClock.seconds
        let results: [Result<Reply, any Error>?]
        switch batch {
        case .first:
            for index in progress.indices { progress[index].match = ListRoute.match }
            results = lists(requests, now: now)
        case .second:
            for index in progress.indices {
                progress[index].match = try? router.match(
                    method: progress[index].method, target: requests[index][parameter: "REQUEST_URI"] ?? "")
            }
            results = decide(requests, now: now)
        case .third:
            for index in progress.indices { progress[index].match = ListRoute.ownMatch }
            results = own(requests, now: now)
        }
        return zip(progress, results).map { progress, result in
            guard let result else {
                meter.postpone()
                return nil
            }
            return end(progress, result)
        }
    }

    /// Whether it is better to turn a request away than to do what nobody may be waiting for any more.
    func isLate(_ endpoint: Endpoint, _ request: Request) -> Bool {
        Overload.turnsAway(
            endpoint, request, longestWait: longestWait, startedAt: startedAt, now: WallClock.microseconds)
    }

    private func begin(_ request: Request) -> Progress {
        meter.begin(at: WallClock.microseconds)
        return Progress(request)
    }

    private func end(_ progress: Progress, _ result: Result<Reply, any Error>) -> Response {
        let template = progress.match?.template ?? "-"
        let reply: Reply
        var code: ErrorCode?
        switch result {
        case .success(let success): reply = success
        case .failure(let error):
            let failure = failure(error, id: progress.id, template: template)
            code = failure.code
            let challenge = progress.match.map { $0.endpoint.needsCaller || $0.endpoint == .logout } ?? false
            reply = failure.response(requestID: progress.id, challenge: challenge)
        }
        let elapsed = progress.began.duration(to: .now).components
        let microseconds = Int(elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)
        meter.end(
            route: template, endpoint: progress.match?.endpoint, status: reply.status, code: code,
            microseconds: microseconds, connections: database.connections)
        log(
            .request(
                id: progress.id, method: Self.known(progress.method), route: template, status: reply.status,
                error: code?.rawValue, microseconds: microseconds))
        if microseconds >= slowRequest {
            log(.slowRequest(id: progress.id, route: template, status: reply.status, microseconds: microseconds))
        }
        return reply.response
    }

    private func answer(_ request: Request, _ progress: inout Progress) throws -> Reply {
        let match = try router.match(method: progress.method, target: request[parameter: "REQUEST_URI"] ?? "")
        progress.match = match
        if isLate(match.endpoint, request) { throw APIError.overloaded }
        let body = try RequestBody(request)
        let now = WallClock.seconds
        // What these show is read together with the session.
        switch match.endpoint {
        case .lockers: return try list(request, now: now)
        case .ownLockers: return try own([request], now: now)[0].get()
        case .hold, .confirm, .releaseHold, .release: return try decide(request, now: now)
        default: break
        }
        var caller: Caller?
        if match.endpoint.needsCaller {
            guard let token = request.bearerToken else { throw APIError(.unauthorized) }
            caller = try sessions.authenticate(token, now: now)
            if caller == nil { throw APIError(.unauthorized) }
        }
        let context = Context(request: request, id: progress.id, match: match, body: body, caller: caller, now: now)
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
        case .ownLockers: try own([request], now: now)[0].get()
        case .attempts: try ownAttempts(context)
        case .hold, .confirm, .releaseHold, .release: try decide(request, now: now)
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
