internal import Auth
internal import Lockers
internal import Postgres
internal import Zlib

/// Builds what a thread needs from the settings. Everything in here is made inside the thread that uses it.
struct Composition: Sendable {
    let settings: Settings
    let log: Log
    let metrics: MetricsStore
    /// Shared by all threads.
    let lists = ListStore()

    func database() -> Database {
        Database(url: settings.databaseURL, name: WorkerName.current, keepsStatements: settings.statements == .prepared)
    }

    /// - Parameter thread: its number, from 0
    func handler(thread: Int) throws -> APIHandler {
        let database = database()
        return APIHandler(
            router: Router(),
            log: log,
            database: database,
            students: Students(database: database, policy: settings.sessions),
            sessions: try sessions(database),
            sessionList: SessionList(database: database),
            reservations: reservations(database),
            lockerList: LockerList(database: database),
            lists: lists,
            deflater: try Deflater(),
            attempts: Attempts(database: database),
            periods: ApplicationPeriods(database: database),
            board: Board(database: database),
            meter: try metrics.meter(thread: thread),
            metricsStore: metrics,
            longestWait: settings.longestWait,
            startedAt: WallClock.microseconds,
            slowRequest: settings.slowRequest)
    }

    func housekeeping() throws -> Housekeeping {
        let database = database()
        return Housekeeping(reservations: reservations(database), sessions: try sessions(database), log: log)
    }

    private func sessions(_ database: Database) throws -> Sessions {
        Sessions(database: database, codec: try AccessTokenCodec(settings.accessTokens), policy: settings.sessions)
    }

    private func reservations(_ database: Database) -> Reservations {
        Reservations(database: database, policy: settings.reservations)
    }
}
