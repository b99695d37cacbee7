/// Who may sign in, how long sessions live, and how often a sign-in may fail.
public struct SessionPolicy: Sendable {
    public var registration: Registration
    /// Seconds that one refresh token is good for.
    public var refreshLifetime: Int
    /// Seconds after which a session ends however often it was refreshed.
    public var sessionLifetime: Int
    /// How many sessions of one student live at once; the one used longest ago ends. 20 at most.
    public var maximumSessions = 20
    /// Failed sign-ins of one 학번 within the window before the brake.
    public var maximumFailures = 5
    /// Seconds of the window, from its first failure.
    public var failureWindow = 600

    public init(registration: Registration, refreshLifetime: Int, sessionLifetime: Int) {
        self.registration = registration
        self.refreshLifetime = refreshLifetime
        self.sessionLifetime = sessionLifetime
    }
}

/// Who may make an account.
public enum Registration: String, CaseIterable, Sendable {
    /// Anybody with a 학번 of the right form.
    case open
    /// Only who is on the council's list, and nobody else may sign in either.
    case roster
    /// Nobody new.
    case closed
}
