internal import Lockers

/// What a request wants done.
enum Endpoint: CaseIterable, Sendable {
    case health, live, applicationPeriod, board
    case login, register, loginOrRegister, refresh, logout, logoutAll, me, sessions, endSession
    case lockers, ownLockers, attempts, hold, confirm, releaseHold, release

    /// What it does to a locker, if that is what it is for.
    var act: Act? {
        switch self {
        case .hold: .hold
        case .confirm: .confirm
        case .releaseHold: .releaseHold
        case .release: .release
        default: nil
        }
    }

    /// Whether only a signed-in caller may. `logout` looks at its tokens itself: either of two will do.
    var needsCaller: Bool {
        switch self {
        case .health, .live, .applicationPeriod, .board, .login, .register, .loginOrRegister, .refresh, .logout: false
        case .logoutAll, .me, .sessions, .endSession, .lockers, .ownLockers, .attempts, .hold, .confirm, .releaseHold,
            .release:
            true
        }
    }
}

/// One route: a method, a template with `{id}` for a locker's number or a session's id, and what it leads to.
struct Route: Sendable {
    let method: String
    let template: String
    let endpoint: Endpoint

    static let base = ["api", "v1"]

    /// Every route of the API.
    static let all: [Route] = [
        Route(method: "GET", template: "/health", endpoint: .health),
        Route(method: "GET", template: "/health/live", endpoint: .live),
        Route(method: "GET", template: "/application-period", endpoint: .applicationPeriod),
        Route(method: "GET", template: "/board", endpoint: .board),
        Route(method: "POST", template: "/auth/login", endpoint: .login),
        Route(method: "POST", template: "/auth/register", endpoint: .register),
        Route(method: "POST", template: "/auth/login-or-register", endpoint: .loginOrRegister),
        Route(method: "POST", template: "/auth/refresh", endpoint: .refresh),
        Route(method: "POST", template: "/auth/logout", endpoint: .logout),
        Route(method: "POST", template: "/auth/logout-all", endpoint: .logoutAll),
        Route(method: "GET", template: "/auth/me", endpoint: .me),
        Route(method: "GET", template: "/auth/sessions", endpoint: .sessions),
        Route(method: "DELETE", template: "/auth/sessions/{id}", endpoint: .endSession),
        Route(method: "GET", template: "/lockers", endpoint: .lockers),
        Route(method: "GET", template: "/lockers/me", endpoint: .ownLockers),
        Route(method: "GET", template: "/lockers/me/attempts", endpoint: .attempts),
        Route(method: "POST", template: "/lockers/{id}/hold", endpoint: .hold),
        Route(method: "POST", template: "/lockers/{id}/confirm", endpoint: .confirm),
        Route(method: "POST", template: "/lockers/{id}/release-hold", endpoint: .releaseHold),
        Route(method: "POST", template: "/lockers/{id}/release", endpoint: .release),
    ]

    /// The template's segments.
    fileprivate var segments: [String] { template.split(separator: "/").map(String.init) }
}

/// Finds the route of a request.
struct Router: Sendable {
    struct Match: Equatable {
        let endpoint: Endpoint
        /// What the log calls it: never the path itself, which a caller may fill with anything.
        let template: String
        /// The text in the place of `{id}`, as it came.
        let id: String?

        /// A locker's number in that place: digits without a leading zero, within PostgreSQL's `int`.
        var lockerID: Int? {
            guard let id, !id.hasPrefix("0"), id.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int32(id).map(Int.init)
        }
    }

    private let routes: [(route: Route, segments: [String])] = Route.all.map { ($0, Route.base + $0.segments) }

    /// - Throws: `not_found`, or `method_not_allowed` with what is allowed.
    func match(method: String, target: String) throws(APIError) -> Match {
        guard let path = Path(requestTarget: target) else { throw APIError(.notFound) }
        var allowed: [String] = []
        for (route, segments) in routes where segments.count == path.segments.count {
            var id: String?
            let fits = zip(segments, path.segments).allSatisfy { wanted, found in
                if wanted == "{id}" {
                    id = found
                    return !found.isEmpty
                }
                return wanted == found
            }
            guard fits else { continue }
            // HEAD is GET without the body, which nginx leaves out (RFC 9110 §9.3.2).
            if route.method == method || route.method == "GET" && method == "HEAD" {
                return Match(endpoint: route.endpoint, template: route.template, id: id)
            }
            allowed.append(route.method == "GET" ? "GET, HEAD" : route.method)
        }
        throw allowed.isEmpty ? APIError(.notFound) : .methodNotAllowed(allow: allowed.joined(separator: ", "))
    }
}
