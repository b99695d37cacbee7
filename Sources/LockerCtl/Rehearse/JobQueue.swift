internal import Synchronization

/// What there is to do in the storm, for all threads.
final class JobQueue: Sendable {
    enum Job: Sendable {
        /// A student goes through the whole of it.
        case student(Int)
        /// The same student presses the same locker on a second device.
        case secondClick(student: Int, lockerID: Int)
    }

    private struct State {
        var clicks: [Job] = []
        var students: [Int]
        var next = 0
        var busy = 0
    }

    private let state: Mutex<State>

    init(students: [Int]) { state = Mutex(State(students: students)) }

    /// What to do next. Nil when there is nothing now; `isOver` tells whether there will be.
    func take() -> Job? {
        state.withLock { state in
            if let click = state.clicks.popLast() {
                state.busy += 1
                return click
            }
            guard state.next < state.students.count else { return nil }
            defer { state.next += 1 }
            state.busy += 1
            return .student(state.students[state.next])
        }
    }

    func done() { state.withLock { $0.busy -= 1 } }

    var isOver: Bool {
        state.withLock { $0.busy == 0 && $0.clicks.isEmpty && $0.next >= $0.students.count }
    }

    /// A click that another thread is to make at once.
    func add(_ click: Job) { state.withLock { $0.clicks.append(click) } }
    /// A student who starts anew, after everybody else.
    func again(_ student: Int) { state.withLock { $0.students.append(student) } }
}
