import CLinux
import Glibc

/// A signal by name.
public struct Signal: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let terminate = Signal(rawValue: SIGTERM)
    public static let interrupt = Signal(rawValue: SIGINT)
    public static let hangUp = Signal(rawValue: SIGHUP)
    public static let brokenPipe = Signal(rawValue: SIGPIPE)
    public static let user1 = Signal(rawValue: SIGUSR1)

    /// Ignores the signal in the whole process.
    public func ignore() {
        _ = signal(rawValue, SIG_IGN)
    }
}

/// Signals that are waited for, as one waits for any other event, instead of being handled wherever they strike.
public struct SignalSet: Sendable {
    private let signals: [Signal]

    public init(_ signals: Signal...) { self.signals = signals }

    private var mask: sigset_t {
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in signals { sigaddset(&mask, signal.rawValue) }
        return mask
    }

    /// Blocks them in the calling thread and in every thread it starts from now on. Call it first thing in `main`:
    /// a thread that does not block a signal is where it strikes.
    public func block() throws(SystemError) {
        var mask = self.mask
        try checkPthread("pthread_sigmask", pthread_sigmask(SIG_BLOCK, &mask, nil))
    }

    /// Waits for one of them; they must be blocked (sigwaitinfo(2)).
    public func wait() throws(SystemError) -> Signal {
        var mask = self.mask
        return Signal(rawValue: try check("sigwaitinfo") { sigwaitinfo(&mask, nil) })
    }

    /// Waits for one of them at most this long; nil when none came.
    public func wait(atMost limit: Duration) throws(SystemError) -> Signal? {
        let deadline = ContinuousClock.now + limit
        var mask = self.mask
        while true {
            let remaining = max(.zero, ContinuousClock.now.duration(to: deadline)).components
            var time = timespec(tv_sec: Int(remaining.seconds), tv_nsec: Int(remaining.attoseconds / 1_000_000_000))
            let number = sigtimedwait(&mask, nil, &time)
            if number > 0 { return Signal(rawValue: number) }
            let code = errno
            if code == EAGAIN { return nil }
            if code != EINTR { throw SystemError(call: "sigtimedwait", code: code) }
        }
    }

    /// Runs `body` with the dispositions of these signals put back afterwards as they were, and with the signals held
    /// up in the calling thread meanwhile. For a library that installs handlers of its own.
    public func preserved<Result>(_ body: () -> Result) -> Result {
        var mask = self.mask
        var oldMask = sigset_t()
        pthread_sigmask(SIG_BLOCK, &mask, &oldMask)
        let before = signals.map { signal in
            var action = sigaction()
            sigaction(signal.rawValue, nil, &action)
            return action
        }
        let result = body()
        for (signal, action) in zip(signals, before) {
            var action = action
            sigaction(signal.rawValue, &action, nil)
        }
        pthread_sigmask(SIG_SETMASK, &oldMask, nil)
        return result
    }
}
