/// An instant as PostgreSQL's `timestamptz` holds it: whole microseconds.
public struct Timestamp: Comparable, Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The first and the last instant that are read: what a date of four digits can say in any zone (RFC 3339 §1).
    /// 0001-01-02T00:00:00Z and 9999-12-30T23:59:59Z.
    static let earliest = Timestamp(microseconds: -62_135_510_400_000_000)
    static let latest = Timestamp(microseconds: 253_402_214_399_000_000)

    /// From the binary format: microseconds since 2000-01-01T00:00:00Z (PostgreSQL's epoch). `infinity`, which the format
    /// has as the greatest number and which may be typed by hand into any column, becomes the last instant, `-infinity`
    /// the first, and so does whatever else lies beyond them.
    init(postgresMicroseconds: Int64) {
        let (sum, overflows) = postgresMicroseconds.addingReportingOverflow(946_684_800_000_000)
        let since1970 = overflows ? Int64.max : sum
        microseconds = min(max(since1970, Self.earliest.microseconds), Self.latest.microseconds)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}
