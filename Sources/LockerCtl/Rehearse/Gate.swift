internal import Linux
internal import Synchronization

/// Whether the storm may go on. Asked by every thread, closed by Ctrl-C or by the time.
final class Gate: Sendable {
    private struct State {
        var isStopped = false
        var signal: Signal?
    }

    private let state = Mutex(State())
    private let signals: SignalSet

    /// Blocks the signals: call it before the first thread is made.
    init() throws {
        signals = SignalSet(.interrupt, .terminate, .hangUp)
        try signals.block()
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }
    /// The signal that asked for the end.
    var signal: Signal? { state.withLock { $0.signal } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Waits for a moment, and stops everything when a signal comes.
    func watch() {
        guard let signal = try? signals.wait(atMost: .milliseconds(20)) else { return }
        state.withLock {
            $0.isStopped = true
            $0.signal = $0.signal ?? signal
        }
    }
}
