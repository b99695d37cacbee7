internal import Linux

/// Tells the service manager how this process is (sd_notify(3)): one datagram to the socket that `NOTIFY_SOCKET` names.
/// Without systemd around, says nothing.
struct Notifier: Sendable {
    private let sender: DatagramSender?
    /// How often the watchdog wants to be fed; nil when there is none, or it is meant for another process.
    let watchdogInterval: Duration?

    /// - Parameter environment: the value of a variable, nil when it is not set
    init(environment: (String) -> String?, processID: Int32) {
        sender = environment("NOTIFY_SOCKET").flatMap(DatagramSender.init(address:))
        let isMeant = environment("WATCHDOG_PID").map { $0 == String(processID) } ?? true
        watchdogInterval = environment("WATCHDOG_USEC").flatMap(Int64.init).flatMap {
            isMeant && $0 > 0 ? .microseconds($0) : nil
        }
    }

    /// The database was asked, the schema is right, requests are answered.
    func ready() { tell("READY=1") }

    /// Requests in flight are being finished.
    func stopping() { tell("STOPPING=1\nSTATUS=finishing what is in flight") }

    /// One line for `systemctl status`.
    func status(_ text: String) { tell("STATUS=" + text) }

    /// This process does its work.
    func feedWatchdog() { tell("WATCHDOG=1") }

    /// This process does not do its work, and says so itself: as if the watchdog had not been fed for its whole time.
    func triggerWatchdog() { tell("WATCHDOG=trigger") }

    private func tell(_ message: String) {
        // A manager that cannot be told is no reason to fail: it notices by its own means.
        try? sender?.send(message)
    }
}
