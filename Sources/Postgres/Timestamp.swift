/// An instant as PostgreSQL's `timestamptz` holds it: whole microseconds.
public struct Timestamp: Comparable, Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// From the binary format: microseconds since 2000-01-01T00:00:00Z (PostgreSQL's epoch).
    init(postgresMicroseconds: Int64) {
        microseconds = postgresMicroseconds + 946_684_800_000_000
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}
