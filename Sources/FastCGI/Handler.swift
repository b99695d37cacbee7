/// Answers requests. There is one for each worker thread, made inside that thread and never shared: what it owns (a
/// database connection, a MAC context) needs no lock and need not be `Sendable`.
public protocol Handler {
    /// Answers one request. It cannot fail: a fault is an answer too.
    mutating func respond(to request: Request) -> Response

    /// With which others it is worth while to answer this request together; nil: with none. Then `respond(toAll:of:)` does it,
    /// perhaps on another thread, with those that arrive while the ones before are being answered.
    func gathers(_ request: Request) -> Batch?

    /// Answers several requests that gather in the same batch: one response for each, in their order. Nil for one that would
    /// keep the others waiting: it is answered alone, on another thread.
    mutating func respond(toAll requests: [Request], of batch: Batch) -> [Response?]
}

/// Which requests are answered together is the handler's to say; each kind has a batch of its own, so that none waits for
/// another.
public enum Batch: Int, CaseIterable, Sendable {
    case first, second, third
}

extension Handler {
    public func gathers(_ request: Request) -> Batch? { nil }

    public mutating func respond(toAll requests: [Request], of batch: Batch) -> [Response?] {
        var responses: [Response?] = []
        for request in requests { responses.append(respond(to: request)) }
        return responses
    }
}
