import Glibc

extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends early and a short one never becomes "at once".
    var milliseconds: Int32 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 - 1 else { return Int32.max }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    var timeval: timeval {
        // Zero means "no timeout" to the socket options; what is asked for here is always a bound.
        let bounded = max(self, .milliseconds(1))
        return Glibc.timeval(
            tv_sec: Int(bounded.components.seconds),
            tv_usec: Int(bounded.components.attoseconds / 1_000_000_000_000))
    }
}
