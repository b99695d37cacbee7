import CLinux
import Glibc
import Synchronization

/// A plain thread of the operating system, for work that blocks (blocking calls in a `Task` would stall the pool all
/// tasks share). It takes no signal: those belong to the thread that waits for them.
public final class Thread: Sendable {
    private let handle: pthread_t
    private let isJoined = Mutex(false)
    /// Raised by the thread as its last act: a wait that may end early, and is measured on a clock that nobody sets,
    /// without the pthread_timedjoin_np family, one of which knows the wrong clock and the other no ThreadSanitizer.
    private let finished: EventFD

    /// Starts the thread.
    /// - Parameters:
    ///   - name: what `ps -T` and a debugger show, 15 bytes at most (longer ones are cut).
    ///   - stackBytes: the size of its stack.
    ///   - body: what it does. The thread ends when this returns.
    public init(
        name: String, stackBytes: Int = 1024 * 1024, body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let finished = try EventFD()
        self.finished = finished
        var attributes = pthread_attr_t()
        try checkPthread("pthread_attr_init", pthread_attr_init(&attributes))
        defer { pthread_attr_destroy(&attributes) }
        try checkPthread("pthread_attr_setstacksize", pthread_attr_setstacksize(&attributes, stackBytes))

        // A thread inherits the mask of its maker; what a fault of its own raises must stay unblocked to be reported.
        var all = sigset_t()
        sigfillset(&all)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&all, fault) }
        var before = sigset_t()
        try checkPthread("pthread_sigmask", pthread_sigmask(SIG_SETMASK, &all, &before))
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(Start(name: name, finished: finished, body: body))
        var handle = pthread_t()
        let code = pthread_create(&handle, &attributes, Thread.enter, start.toOpaque())
        if code != 0 {
            start.release()
            throw SystemError(call: "pthread_create", code: code)
        }
        self.handle = handle
    }

    deinit {
        // Nobody can join it any more: its resources are freed when it ends.
        if !isJoined.withLock({ $0 }) { pthread_detach(handle) }
    }

    /// Waits until the thread has ended.
    public func join() {
        isJoined.withLock { isJoined in
            if !isJoined { isJoined = pthread_join(handle, nil) == 0 }
        }
    }

    /// Waits at most this long until the thread has ended. True when it has; false leaves it joinable.
    public func join(atMost limit: Duration) -> Bool {
        guard finished.wait(atMost: limit) else { return false }
        join()
        return true
    }

    /// Lets the calling thread sleep, for this long at most.
    public static func sleep(for duration: Duration) {
        _ = poll(nil, 0, duration.milliseconds)
    }

    /// What crosses over to the new thread.
    private final class Start: Sendable {
        let name: String
        let finished: EventFD
        let body: @Sendable () -> Void

        init(name: String, finished: EventFD, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.finished = finished
            self.body = body
        }
    }

    // A static constant, not a closure at the place of use: there it could inherit an actor and die of the isolation
    // check (SIGILL) as soon as it runs on the new thread.
    private static let enter: @convention(c) @Sendable (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        argument in
        // Never nil: it is the reference `init` retained for this one call.
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        _ = String(decoding: start.name.utf8.prefix(15), as: UTF8.self).withCString {
            pthread_setname_np(pthread_self(), $0)
        }
        start.body()
        start.finished.raise()
        return nil
    }
}
