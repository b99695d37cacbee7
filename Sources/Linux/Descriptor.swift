import Glibc

/// Owns a file descriptor and closes it exactly once.
public struct Descriptor: ~Copyable, Sendable {
    /// The number; valid as long as this value lives.
    public let number: Int32

    /// Takes ownership of an open descriptor.
    public init(owning number: Int32) { self.number = number }

    // close(2): after EINTR the descriptor is gone on Linux all the same, so it is not called again.
    deinit { _ = close(number) }

    /// Gives the ownership away: whoever takes the number closes it.
    public consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }
}
