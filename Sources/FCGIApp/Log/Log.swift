internal import Glibc
internal import JSON
internal import Logging
internal import Postgres

/// Writes events as lines of JSON to standard error.
struct Log: Sendable {
    private let logger: Logger

    init(level: Logger.Level) {
        var logger = Logger(label: "locker-worker") { _ in JSONLineHandler() }
        logger.logLevel = level
        self.logger = logger
    }

    func callAsFunction(_ event: LogEvent) {
        logger.log(level: event.level, "\(Self.line(of: event))")
    }

    /// One line, without the newline. Public to the tests, which read it back.
    static func line(of event: LogEvent, at now: Int64 = WallClock.microseconds) -> String {
        let bytes = JSONWriter.object {
            $0.member("time", RFC3339.string(Timestamp(microseconds: now)))
            $0.member("level", event.level.rawValue)
            $0.member("event", event.name)
            for (name, value) in event.fields {
                switch value {
                case .text(let text): $0.member(name, text)
                case .number(let number): $0.member(name, number)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// swift-log's back end: one `write` a line, so that the lines of several threads and processes never mix.
private struct JSONLineHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        let line = Array("\(event.message)\n".utf8)
        // A log that cannot be written is no reason to fail a request: the result does not matter.
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
