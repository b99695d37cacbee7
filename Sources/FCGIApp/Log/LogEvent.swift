internal import Logging
internal import Schema

/// Everything a worker ever logs: one case an event. No case has room for a name, a phone number, a 학번 or a token,
/// and that is the whole of redaction.
enum LogEvent: Sendable {
    case configurationFault(String)
    case schemaMismatch(Schema.Mismatch)
    case databaseUnreachable(String)
    case databaseReady(schema: String)
    case listenerUnusable(String)
    case started(threads: Int, version: String)
    case stopping(signal: String)
    case stopped(drained: Bool)
    /// A request that was answered. `error` is the code that the caller got: what brakes refused can be counted by it.
    case request(id: String, method: String, route: String, status: Int, error: String?, microseconds: Int)
    /// A request that took longer than LOCKER_SLOW_REQUEST_MS.
    case slowRequest(id: String, route: String, status: Int, microseconds: Int)
    /// A request that ended with 5xx: why.
    case requestFailed(id: String, route: String, reason: String)
    case swept(holds: Int, sessions: Int)
    case sweepFailed(String)
    case threadFailed(String)
    /// The watchdog is not fed any more: why.
    case stuck(String)
    /// Nothing is counted in the shared file: why.
    case metricsUnavailable(String)

    var level: Logger.Level {
        switch self {
        case .configurationFault, .schemaMismatch, .listenerUnusable, .threadFailed, .stuck: .critical
        case .requestFailed: .error
        case .databaseUnreachable, .sweepFailed, .slowRequest, .metricsUnavailable: .warning
        case .swept: .debug
        // Who only looked, and saw it: nginx's log has that line already, with the same id, and in a rush there are
        // thousands of them a second.
        case .request(_, let method, _, let status, _, _):
            (method == "GET" || method == "HEAD") && status < 400 ? .debug : .info
        case .databaseReady, .started, .stopping, .stopped: .info
        }
    }

    /// The event's stable name.
    var name: String {
        switch self {
        case .configurationFault: "configuration_fault"
        case .schemaMismatch: "schema_mismatch"
        case .databaseUnreachable: "database_unreachable"
        case .databaseReady: "database_ready"
        case .listenerUnusable: "listener_unusable"
        case .started: "started"
        case .stopping: "stopping"
        case .stopped: "stopped"
        case .request: "request"
        case .requestFailed: "request_failed"
        case .swept: "swept"
        case .sweepFailed: "sweep_failed"
        case .threadFailed: "thread_failed"
        case .slowRequest: "slow_request"
        case .stuck: "stuck"
        case .metricsUnavailable: "metrics_unavailable"
        }
    }

    /// Its fields, in the order they are written in.
    var fields: [(name: StaticString, value: LogValue)] {
        switch self {
        case .configurationFault(let fault): [("fault", .text(fault))]
        case .schemaMismatch(let mismatch):
            [
                ("part", .text(mismatch.part.rawValue)), ("expected", .text(mismatch.expected)),
                ("found", .text(mismatch.found)), ("remedy", .text(mismatch.remedy)),
            ]
        case .databaseUnreachable(let reason), .listenerUnusable(let reason), .sweepFailed(let reason),
            .threadFailed(let reason), .stuck(let reason), .metricsUnavailable(let reason):
            [("reason", .text(reason))]
        case .databaseReady(let schema): [("schema", .text(schema))]
        case .started(let threads, let version): [("threads", .number(threads)), ("version", .text(version))]
        case .stopping(let signal): [("signal", .text(signal))]
        case .stopped(let drained): [("drained", .text(drained ? "yes" : "no"))]
        case .request(let id, let method, let route, let status, let error, let microseconds):
            [
                ("request_id", .text(id)), ("method", .text(method)), ("route", .text(route)),
                ("status", .number(status)),
            ] + (error.map { [("error", .text($0))] } ?? []) + [("duration_us", .number(microseconds))]
        case .requestFailed(let id, let route, let reason):
            [("request_id", .text(id)), ("route", .text(route)), ("reason", .text(reason))]
        case .slowRequest(let id, let route, let status, let microseconds):
            [
                ("request_id", .text(id)), ("route", .text(route)), ("status", .number(status)),
                ("duration_us", .number(microseconds)),
            ]
        case .swept(let holds, let sessions): [("holds", .number(holds)), ("sessions", .number(sessions))]
        }
    }
}

/// A value of a log line.
enum LogValue: Sendable {
    case text(String)
    case number(Int)
}
