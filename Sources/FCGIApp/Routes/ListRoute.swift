internal import Auth
internal import FastCGI
internal import Lockers
internal import Postgres

/// The list: the process's copy of it, and laid over it what each student may see otherwise, read together with the
/// sessions. So nobody misses an act of his own, wherever it was done.
extension APIHandler {
    /// The list for one request.
    func list(_ request: Request, now: Int64) throws -> Reply { try lists([request], now: now)[0].get() }

    /// The list for several requests, each with a caller of its own, in one round trip to the database (two when somebody
    /// has just decided something). In the requests' order.
    func lists(_ requests: [Request], now: Int64) -> [Result<Reply, any Error>] {
        let bearers = requests.map { request in Result { try bearer(request, .lockers, now: now) } }
        let positions = bearers.indices.filter { (try? bearers[$0].get()) != nil }
        let callers = bearers.compactMap { try? $0.get() }
        var views: [Int: View] = [:]
        do {
            for (position, view) in zip(positions, try look(for: callers)) { views[position] = view }
        } catch {
            // One request's values must not spoil the others' answers. What befell the database befell all of them.
            if callers.count > 1, case PostgresError.refused(let state, _) = error, state.isDataException {
                return requests.map { request in Result { try list(request, now: now) } }
            }
            return bearers.map { bearer in bearer.flatMap { _ in .failure(error) } }
        }
        return requests.indices.map { position in
            bearers[position].flatMap { _ in
                Result {
                    guard let view = views[position] else { throw APIError(.unauthorized) }
                    return try reply(to: requests[position], view)
                }
            }
        }
    }

    /// What one caller sees.
    private struct View {
        let studentID: String
        let cohort: String?
        let copy: ListSnapshot
        /// Lockers as they are now.
        let fresh: [Locker]
        /// All of which `fresh` must tell, whatever the copy says.
        let recent: [Int]
    }

    /// Looks with the eyes of some bearers of good tokens; nil for whoever's session has ended.
    private func look(for callers: [Caller]) throws -> [View?] {
        if callers.isEmpty { return [] }
        // Before the queries: what is laid over must not be older than what it is laid over.
        let copy = try snapshot(of: nil)
        let own = callers.enumerated().flatMap { position, caller in
            copy.lockers(of: caller.studentID).map {
                LockerList.View(position: position, studentID: caller.studentID, lockerID: $0)
            }
        }
        let students = callers.map(\.studentID)
        let rows = try database.run(
            [Sessions.liveQuery(of: callers), LockerList.recentQuery(of: students, after: copy.settled)]
                + (own.isEmpty ? [] : [LockerList.statesQuery(of: own)]))
        let live = Sessions.live(rows[0])
        let recent = LockerList.recent(rows[1])
        var fresh = own.isEmpty ? [:] : try LockerList.states(rows[2])

        let known = Set(own)
        let missing = recent.flatMap { position, recent in
            recent.cohort != nil
                ? []
                : recent.lockerIDs.map {
                    LockerList.View(position: position, studentID: students[position], lockerID: $0)
                }.filter { !known.contains($0) }
        }
        if !missing.isEmpty { fresh.merge(try states(of: missing)) { $0 + $1 } }
        return callers.enumerated().map { position, caller in
            guard live.contains(position), let recent = recent[position] else { return nil }
            return View(
                studentID: caller.studentID, cohort: recent.cohort, copy: copy, fresh: fresh[position] ?? [],
                recent: recent.lockerIDs)
        }
    }

    private func reply(to request: Request, _ view: View) throws -> Reply {
        let gzip = request.acceptsGzip
        let studentID = view.studentID
        if view.cohort == nil,
            let body = try view.copy.body(for: studentID, fresh: view.fresh, compressed: gzip, deflater: deflater)
        {
            return Self.reply(body, to: request, gzip: gzip)
        }
        // A rehearsal's student; or the copy lacks a locker that was put up since.
        let newer = try snapshot(of: view.cohort, notBefore: view.cohort == nil ? .now : nil)
        let views = Set(view.recent + newer.lockers(of: studentID)).map {
            LockerList.View(position: 0, studentID: studentID, lockerID: $0)
        }
        let fresh = views.isEmpty ? [] : try states(of: views)[0] ?? []
        if let body = try newer.body(for: studentID, fresh: fresh, compressed: gzip, deflater: deflater) {
            return Self.reply(body, to: request, gzip: gzip)
        }
        let newest = try snapshot(of: view.cohort, notBefore: .now)
        guard let body = try newest.body(for: studentID, fresh: fresh, compressed: gzip, deflater: deflater) else {
            // Somebody takes the student's locker out of the database at this very moment.
            throw APIError(.unavailable)
        }
        return Self.reply(body, to: request, gzip: gzip)
    }

    private func states(of views: [LockerList.View]) throws -> [Int: [Locker]] {
        let query = LockerList.statesQuery(of: views)
        return try LockerList.states(try database.run(query.statement, query.parameters))
    }

    private func snapshot(of cohort: String?, notBefore: ContinuousClock.Instant? = nil) throws -> ListSnapshot {
        try lists.snapshot(of: cohort, notBefore: notBefore, deflater: deflater) { try lockerList.all(cohort: cohort) }
    }

    private static func reply(_ body: ListSnapshot.Body, to request: Request, gzip: Bool) -> Reply {
        let isKnown = body.tag.matches(ifNoneMatch: request[parameter: "HTTP_IF_NONE_MATCH"])
        var reply = Reply(status: isKnown ? 304 : 200)
        if !isKnown { reply.body = body.bytes }
        reply.headers.append(("ETag", body.tag.header))
        if gzip, !isKnown { reply.headers.append(("Content-Encoding", "gzip")) }
        // To the plain form nginx adds it by itself (gzip_vary).
        if gzip || isKnown { reply.headers.append(("Vary", "Accept-Encoding")) }
        // The browser may keep it and must ask; nobody between may keep it.
        reply.cacheControl = "private, no-cache"
        return reply
    }
}

/// Where the list is found.
enum ListRoute {
    /// As every client asks for it.
    static let target = "/api/v1/lockers"
    static let match = Router.Match(endpoint: .lockers, template: "/lockers", id: nil)
    /// What is one's own.
    static let own = "/api/v1/lockers/me"
    static let ownMatch = Router.Match(endpoint: .ownLockers, template: "/lockers/me", id: nil)
}
