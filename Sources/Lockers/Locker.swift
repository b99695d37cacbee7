/// Where lockers stand.
public struct Location: Equatable, Sendable {
    public let id: Int
    public let name: String

    public init(id: Int, name: String) {
        self.id = id
        self.name = name
    }
}

/// A locker as one student may see it.
public struct Locker: Equatable, Sendable {
    public enum State: String, Sendable {
        case available, held, confirmed
        /// Out of service: nobody has it and nobody can hold it.
        case disabled
    }

    /// Whose locker it is, in the eyes of the one who asks. Nobody's identity stands in here.
    public enum Holder: Equatable, Sendable {
        case nobody, caller, another
    }

    public let id: Int
    public let location: Location
    public let state: State
    public let holder: Holder

    public init(id: Int, location: Location, state: State, holder: Holder) {
        self.id = id
        self.location = location
        self.state = state
        self.holder = holder
    }
}
