/// What one thing does when requests come one after the other.
protocol SequentialModel {
    associatedtype State: Hashable
    var initial: State { get }
    /// The state after an operation that gave its answer in this state, nil when it could not have given it.
    func step(_ state: State, _ operation: Operation) -> State?
    /// The state after an operation of unknown outcome took effect in this state, nil when it would have none.
    func effect(_ state: State, _ operation: Operation) -> State?
}

/// Searches an order of concurrent operations that the model explains: each takes place at one instant between its
/// start and its end (J. Wing, C. Gong, "Testing and Verifying Concurrent Objects", with G. Lowe's memory of what was
/// tried). An operation of unknown outcome may take place at any time after its start, or never.
struct Linearizer<Model: SequentialModel> {
    enum Finding: Equatable {
        case possible
        /// No order exists. What stood next in line where the search got farthest.
        case impossible([Operation])
        /// The search took too many steps.
        case undecided
    }

    private let model: Model
    private let definite: [Operation]
    private let unknown: [Operation]
    private let budget: Int

    init(_ model: Model, _ operations: [Operation], budget: Int = 2_000_000) {
        self.model = model
        definite = operations.filter { $0.answer != .unknown }.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
        unknown = operations.filter { $0.answer == .unknown }.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
        self.budget = budget
    }

    /// Where a search stands: what has taken place, and the state it left.
    private struct Position: Hashable {
        /// All definite operations before this one have taken place.
        var first = 0
        /// Those after it that have, too.
        var ahead: Set<Int> = []
        var effects: Set<Int> = []
        var state: Model.State

        func contains(_ index: Int) -> Bool { index < first || ahead.contains(index) }

        mutating func insert(_ index: Int) {
            ahead.insert(index)
            while ahead.remove(first) != nil { first += 1 }
        }
    }

    func search() -> Finding {
        var open = [Position(state: model.initial)]
        var tried: Set<Position> = []
        var farthest = (count: -1, next: [Operation]())
        var steps = 0
        while var position = open.popLast() {
            passReads(&position)
            if position.first == definite.count { return .possible }
            guard tried.insert(position).inserted else { continue }
            steps += 1
            if steps > budget { return .undecided }

            let next = candidates(position)
            let count = position.first + position.ahead.count
            if count > farthest.count { farthest = (count, next.map { definite[$0] }) }
            // What comes last is tried first: certain operations before those that may never have happened.
            let limit = next.map { definite[$0].end }.min() ?? .max
            for index in unknown.indices where !position.effects.contains(index) && unknown[index].start <= limit {
                guard let state = model.effect(position.state, unknown[index]) else { continue }
                var after = position
                after.effects.insert(index)
                after.state = state
                open.append(after)
            }
            for index in next.reversed() {
                guard let state = model.step(position.state, definite[index]) else { continue }
                var after = position
                after.insert(index)
                after.state = state
                open.append(after)
            }
        }
        return .impossible(farthest.next)
    }

    /// The definite operations that may take place next: none that is still out ended before they began.
    private func candidates(_ position: Position) -> [Int] {
        var limit = Int64.max
        var found: [Int] = []
        var index = position.first
        while index < definite.count, definite[index].start <= limit {
            if !position.contains(index) {
                found.append(index)
                limit = min(limit, definite[index].end)
            }
            index += 1
        }
        return found.filter { definite[$0].start <= limit }
    }

    /// What changes nothing and can take place, does at once: that never stands in anybody's way.
    private func passReads(_ position: inout Position) {
        while true {
            let reads = candidates(position).filter { model.step(position.state, definite[$0]) == position.state }
            if reads.isEmpty { return }
            for index in reads { position.insert(index) }
        }
    }
}
