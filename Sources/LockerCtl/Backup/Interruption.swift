internal import Foundation
internal import Linux
internal import Operations

/// Ctrl-C and its like while there are copies of a database about: they are cleared away first.
enum Interruption {
    /// Call it before anything is made.
    static func clears(_ cleanup: Cleanup) throws(Failure) {
        let signals = SignalSet(.interrupt, .terminate, .hangUp)
        do { try signals.block() } catch { throw Failure("신호를 다룰 수 없습니다. (\(error))") }
        Thread.detachNewThread {
            guard let signal = try? signals.wait() else { return }
            Console.note("\nlockerctl: 그만둡니다. 임시로 만든 것을 지웁니다.")
            cleanup.run()
            _exit(128 + signal.rawValue)
        }
    }
}
