internal import Synchronization

/// What has to be cleared away should the work be interrupted: copies of a database in another one or in a file.
public final class Cleanup: Sendable {
    private struct State {
        var next = 0
        var steps: [(id: Int, work: @Sendable () -> Void)] = []
    }
    private let state = Mutex(State())

    public init() {}

    /// Remembers a step; gives the number to forget it by.
    public func add(_ work: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.steps.append((state.next, work))
            return state.next
        }
    }

    /// Forgets a step: it was done, or there is nothing left to do.
    public func remove(_ id: Int) { state.withLock { state in state.steps.removeAll { $0.id == id } } }

    /// Takes all steps, the newest first. Whoever adds one or works uninterrupted meanwhile waits.
    public func run() { state.withLock { state in for step in state.steps.reversed() { step.work() } } }

    /// Does what must not be stopped half-way: `run` waits for it.
    public func uninterrupted(_ work: () throws -> Void) rethrows { try state.withLock { _ in try work() } }
}
