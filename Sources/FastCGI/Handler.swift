/// Answers requests. There is one for each worker thread, made inside that thread and never shared: what it owns (a
/// database connection, a MAC context) needs no lock and need not be `Sendable`.
public protocol Handler {
    /// Answers one request. It cannot fail: a fault is an answer too.
    mutating func respond(to request: Request) -> Response
}
