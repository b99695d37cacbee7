/// Answers requests. There is one for each worker thread, made inside that thread and never shared: what it owns (a
/// database connection, a MAC context) needs no lock and need not be `Sendable`.
public protocol Handler {
    /// Answers one request. It cannot fail: a fault is an answer too.
    mutating func respond(to request: Request) -> Response

    /// Whether it is worth while to answer this request together with others of its kind. Then `respond(toAll:)` does it,
    /// perhaps on another thread, with those that arrive while the ones before are being answered.
    func gathers(_ request: Request) -> Bool

    /// Answers several requests for which `gathers` said yes: one response for each, in their order.
    mutating func respond(toAll requests: [Request]) -> [Response]
}

extension Handler {
    public func gathers(_ request: Request) -> Bool { false }

    public mutating func respond(toAll requests: [Request]) -> [Response] {
        var responses: [Response] = []
        for request in requests { responses.append(respond(to: request)) }
        return responses
    }
}
