internal import Auth
internal import Lockers
internal import Logging
internal import Postgres

/// Everything a worker is told from outside, validated.
struct Settings: Sendable {
    var databaseURL: String
    /// Whether statements are prepared under names; not behind a pooler in transaction mode.
    var statements: Statements
    var accessTokens: AccessTokenSettings
    var sessions: SessionPolicy
    var reservations: Reservations.Policy
    var threads: Int
    /// A list or an act that waited longer than this for a thread, in microseconds, is turned away; nil: none is.
    var longestWait: Int64?
    /// What takes this long, in microseconds, is told in the log by itself.
    var slowRequest: Int
    /// Where this process counts; nil keeps the counts in its memory.
    var metricsFile: String?
    var logLevel: Logger.Level

    /// How statements are sent.
    enum Statements: String, CaseIterable {
        case prepared, unnamed
    }

    /// One thing that is wrong with a setting, in a sentence without any secret in it.
    struct Fault: Error, Equatable, CustomStringConvertible {
        let name: String
        let problem: String
        var description: String { "\(name) \(problem)" }
    }

    /// All that is wrong, so that it can be put right in one go.
    struct Faults: Error, Equatable {
        let faults: [Fault]
    }

    /// Reads the settings.
    /// - Parameters:
    ///   - environment: the value of a variable, nil when it is not set
    ///   - readFile: the bytes of a file, nil when it cannot be read
    /// - Throws: every fault that was found.
    init(
        environment: @escaping (String) -> String?, readFile: @escaping (String) -> [UInt8]?
    ) throws(Faults) {
        var reader = SettingsReader(environment: environment, readFile: readFile)
        databaseURL = reader.databaseURL("DB_URL")
        statements = reader.choice("DB_STATEMENTS", default: Statements.prepared)
        accessTokens = AccessTokenSettings(
            secret: reader.secret("JWT_ACCESS_SECRET") ?? [],
            previousSecret: reader.optionalSecret("JWT_ACCESS_SECRET_PREVIOUS"),
            issuer: reader.required("JWT_ISS"),
            audience: reader.required("JWT_AUD"),
            lifetime: Int64(reader.integer("JWT_ACCESS_TTL_MIN", default: 30, in: 1...1440, unit: "minutes") * 60))
        sessions = SessionPolicy(
            registration: reader.choice("LOCKER_REGISTRATION", default: Registration.closed),
            refreshLifetime: reader.integer("JWT_REFRESH_TTL_H", default: 336, in: 1...8760, unit: "hours") * 3600,
            sessionLifetime: reader.integer("JWT_SESSION_TTL_H", default: 2160, in: 1...8760, unit: "hours") * 3600)
        reservations = Reservations.Policy(
            holdSeconds: reader.integer("LOCKER_HOLD_SECONDS", default: 60, in: 1...3600, unit: "seconds"),
            burst: reader.integer("LOCKER_ATTEMPT_BURST", default: 60, in: 1...1_000_000, unit: "attempts"),
            perSecond: reader.integer("LOCKER_ATTEMPTS_PER_SECOND", default: 2, in: 1...1_000_000, unit: "attempts"))
        threads = reader.integer("LOCKER_THREADS", default: 8, in: 1...256, unit: "threads")
        let longestWait = reader.integer("LOCKER_MAX_WAIT_MS", default: 1000, in: 0...10_000, unit: "milliseconds")
        self.longestWait = longestWait == 0 ? nil : Int64(longestWait) * 1000
        slowRequest =
            1000 * reader.integer("LOCKER_SLOW_REQUEST_MS", default: 500, in: 1...60_000, unit: "milliseconds")
        metricsFile = environment("LOCKER_METRICS_FILE").flatMap { $0.isEmpty ? nil : $0 }
        logLevel = reader.choice("LOG_LEVEL", default: Logger.Level.info)
        if reader.faults.isEmpty {
            // An access token promises no more than the refresh token that stands for its session, nor than the session.
            for (name, lifetime) in [
                ("JWT_REFRESH_TTL_H", sessions.refreshLifetime), ("JWT_SESSION_TTL_H", sessions.sessionLifetime),
            ] where accessTokens.lifetime > Int64(lifetime) {
                reader.faults.append(Fault(name: "JWT_ACCESS_TTL_MIN", problem: "must not be longer than \(name)"))
            }
        }
        if !reader.faults.isEmpty { throw Faults(faults: reader.faults) }
    }
}

/// Reads single settings and collects what is wrong with them.
private struct SettingsReader {
    static let minimumSecretBytes = 32

    let environment: (String) -> String?
    let readFile: (String) -> [UInt8]?
    var faults: [Settings.Fault] = []

    /// A variable that is set to nothing is not set.
    private func value(_ name: String) -> String? {
        environment(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    private mutating func fault(_ name: String, _ problem: String) {
        faults.append(Settings.Fault(name: name, problem: problem))
    }

    mutating func required(_ name: String) -> String {
        if let value = value(name) { return value }
        fault(name, "is not set")
        return ""
    }

    mutating func databaseURL(_ name: String) -> String {
        let url = required(name)
        // The reason is not repeated: libpq's message quotes the string, and a password may stand in it.
        if !url.isEmpty, !Database.isConnectionString(url) { fault(name, "is not a libpq connection string or URL") }
        return url
    }

    mutating func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>, unit: String) -> Int {
        guard let text = value(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            fault(name, "must be a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)")
            return standard
        }
        return number
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default standard: Choice
    ) -> Choice {
        guard let text = value(name) else { return standard }
        if let choice = Choice(rawValue: text) { return choice }
        fault(name, "must be one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        return standard
    }

    /// A secret from the variable itself or from the file that `<name>_FILE` names.
    mutating func secret(_ name: String) -> [UInt8]? {
        if value(name) == nil, value(name + "_FILE") == nil {
            fault(name, "is not set (nor \(name)_FILE)")
            return nil
        }
        return optionalSecret(name)
    }

    mutating func optionalSecret(_ name: String) -> [UInt8]? {
        let fileName = name + "_FILE"
        if value(name) != nil, value(fileName) != nil {
            fault(name, "and \(fileName) are both set: only one may be")
            return nil
        }
        var source = name
        var secret = value(name).map { Array($0.utf8) }
        if let path = value(fileName) {
            source = fileName
            guard let bytes = readFile(path) else {
                fault(fileName, "names a file that cannot be read")
                return nil
            }
            // An editor's newline at the end is no part of the secret.
            secret = Array(bytes.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed())
        }
        if let secret, secret.count < Self.minimumSecretBytes {
            fault(source, "must have \(Self.minimumSecretBytes) bytes at least")
        }
        return secret
    }
}
