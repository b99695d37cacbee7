internal import Linux
internal import Synchronization

/// Threads that do one thing together, while the main thread watches for Ctrl-C.
final class Crew<Result: Sendable>: Sendable {
    private let results = Mutex<[Result]>([])
    private let running: Mutex<Int>

    private init(_ count: Int) { running = Mutex(count) }

    /// Runs `body` in so many threads until all have ended, and gives what each made.
    /// - Parameter watch: called all the while by the calling thread; it waits for a moment, and stops the threads in
    ///   whatever way it has when somebody asked for it.
    static func run(
        _ count: Int, _ body: @escaping @Sendable (Int) -> Result, watch: () -> Void
    ) throws -> [Result] {
        let crew = Crew(count)
        var threads: [Thread] = []
        for index in 0..<count {
            threads.append(
                try Thread(name: "client-\(index)") {
                    let result = body(index)
                    crew.results.withLock { $0.append(result) }
                    crew.running.withLock { $0 -= 1 }
                })
        }
        while crew.running.withLock({ $0 }) > 0 { watch() }
        for thread in threads { thread.join() }
        return crew.results.withLock { $0 }
    }
}
