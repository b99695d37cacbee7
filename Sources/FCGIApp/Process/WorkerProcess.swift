internal import FastCGI
internal import Glibc
internal import Linux
internal import Logging
internal import Schema

/// The life of one worker process: settings, schema, threads, and an orderly end.
enum WorkerProcess {
    static let version = "0.2.0"
    /// What is running exactly: the package's version, which its units give, or this program's.
    static let release = ProcessEnvironment.variable("LOCKER_RELEASE") ?? version

    /// Exit codes, from sysexits(3).
    private enum Exit {
        static let usage: Int32 = 64
        static let configuration: Int32 = 78
    }

    /// How long requests in flight have to finish after SIGTERM: longer than the longest wait for the database (6 s), and
    /// shorter than systemd waits (`TimeoutStopSec=`).
    private static let drainLimit = Duration.seconds(7)

    static func main() {
        let log = Log(level: .info)
        let listenPath: String?
        switch Arguments(CommandLine.arguments.dropFirst()) {
        case .help: return print(Arguments.usage)
        case .version: return print(version)
        case .invalid:
            log(.configurationFault("usage: FCGIApp [--listen PATH | --help | --version]"))
            exit(Exit.usage)
        case .run(let path): listenPath = path
        }
        do {
            let settings = try Settings(environment: ProcessEnvironment.variable, readFile: ProcessEnvironment.file)
            let log = Log(level: settings.logLevel)
            let metrics = try metrics(settings, log: log)
            exit(try run(Composition(settings: settings, log: log, metrics: metrics), listenPath: listenPath))
        } catch let faults as Settings.Faults {
            for fault in faults.faults { log(.configurationFault(fault.description)) }
        } catch {
            log(.threadFailed(String(describing: error)))
        }
        exit(Exit.configuration)
    }

    /// Counters are no reason not to answer students: without the shared file this process counts for itself.
    private static func metrics(_ settings: Settings, log: Log) throws -> MetricsStore {
        do {
            return try MetricsStore(
                path: settings.metricsFile, threads: settings.threads, startedAt: WallClock.seconds)
        } catch {
            log(.metricsUnavailable(error.description))
            return try MetricsStore(path: nil, threads: settings.threads, startedAt: WallClock.seconds)
        }
    }

    private static func run(_ composition: Composition, listenPath: String?) throws -> Int32 {
        let log = composition.log
        // Before any thread is made: each inherits it, and the signals come to the one that waits for them.
        let signals = SignalSet(.terminate, .interrupt)
        try signals.block()
        Signal.brokenPipe.ignore()

        let schemaIsKnown: Bool
        switch Schema.check(composition.database()) {
        case .right:
            log(.databaseReady(schema: Schema.change))
            schemaIsKnown = true
        case .wrong(let mismatch):
            log(.schemaMismatch(mismatch))
            return Exit.configuration
        case .unreachable(let reason):
            // Answering 503 is better than not answering: the database may be back before the next request.
            log(.databaseUnreachable(reason))
            schemaIsKnown = false
        }

        let listener: Listener
        do {
            listener = try listenPath.map { try Listener.unixSocket(path: $0) } ?? Listener.inherited()
        } catch {
            log(.listenerUnusable(String(describing: error)))
            return Exit.configuration
        }

        let server = try Server(
            listener: listener, configuration: Server.Configuration(threads: composition.settings.threads))
        server.start { thread in
            do {
                return try composition.handler(thread: thread)
            } catch {
                log(.threadFailed(String(describing: error)))
                return nil
            }
        }
        let ending = try EventFD()
        let notifier = Notifier(environment: ProcessEnvironment.variable, processID: getpid())
        if schemaIsKnown { notifier.ready() }
        let watch = try Thread(name: "watch") {
            Watch(notifier: notifier, server: server, metrics: composition.metrics, log: log).run(until: ending)
        }
        let housekeeper = try Thread(name: "housekeeping") {
            keepHouse(composition, schemaIsKnown: schemaIsKnown, notifier: notifier, until: ending)
        }
        log(.started(threads: composition.settings.threads, version: version))

        let signal = try signals.wait()
        log(.stopping(signal: signal == .terminate ? "SIGTERM" : "SIGINT"))
        notifier.stopping()
        ending.raise()
        server.stop()
        let drained = server.waitUntilStopped(atMost: drainLimit)
        _ = housekeeper.join(atMost: .milliseconds(100))
        _ = watch.join(atMost: .milliseconds(100))
        log(.stopped(drained: drained))
        return 0
    }

    /// The housekeeping thread. A database that was out of reach at the start is checked for its schema as soon as it
    /// answers, and a wrong one ends the process then.
    private static func keepHouse(
        _ composition: Composition, schemaIsKnown: Bool, notifier: Notifier, until ending: EventFD
    ) {
        var schemaIsKnown = schemaIsKnown
        let database = composition.database()
        guard let housekeeping = try? composition.housekeeping() else { return }
        // At once as well: from then on the database sees that this worker lives, asked or not.
        if schemaIsKnown { housekeeping.run() }
        while !ending.wait(atMost: schemaIsKnown ? Housekeeping.interval : .milliseconds(200)) {
            if schemaIsKnown {
                housekeeping.run()
                continue
            }
            switch Schema.check(database) {
            case .right:
                composition.log(.databaseReady(schema: Schema.change))
                schemaIsKnown = true
                notifier.ready()
            case .wrong(let mismatch):
                composition.log(.schemaMismatch(mismatch))
                exit(Exit.configuration)
            case .unreachable: continue
            }
        }
    }
}

/// The command line.
enum Arguments: Equatable {
    case run(listenPath: String?)
    case help, version, invalid

    static let usage = """
        usage: FCGIApp [--listen PATH | --help | --version]

        Answers FastCGI requests on the socket that is file descriptor 0, as systemd and supervisord hand it over,
        or on a unix socket made at PATH. Settings come from the environment; README.md lists them.
        """

    init(_ arguments: some Collection<String>) {
        let arguments = Array(arguments)
        self =
            switch (arguments.first, arguments.count) {
            case (nil, _): .run(listenPath: nil)
            case ("--help", 1): .help
            case ("--version", 1): .version
            case ("--listen", 2): .run(listenPath: arguments[1])
            default: .invalid
            }
    }
}
