public import Postgres

/// Students: who is registered. One per thread.
public final class Students {
    public enum Admission: Equatable, Sendable {
        case created
        case studentIDExists
        case phoneNumberInUse
        case registrationClosed
        case notEligible
        /// Too many failures: seconds until the next attempt is looked at.
        case tooManyAttempts(retryAfter: Int)
    }

    /// Whether somebody may go on to sign in or register.
    public enum Entrance: Equatable, Sendable {
        case open
        /// By the list, no: a stranger, a wrong name or phone, or somebody who is not eligible. Which of these is not told.
        case notListed
        case tooManyAttempts(retryAfter: Int)
    }

    private let database: Database
    private let registration: Registration
    private let policy: SessionPolicy

    public init(database: Database, registration: Registration, policy: SessionPolicy) {
        self.database = database
        self.registration = registration
        self.policy = policy
    }

    private static let checkRoster = Statement(
        name: "auth_check_roster",
        sql: "SELECT outcome, retry_after FROM auth_check_roster($1::text, $2::text, $3::text, $4::int, $5::int)")

    /// Whether the council's list lets somebody in, where registration is by roster; everybody, where it is not. A
    /// refusal is a failed sign-in of this 학번 and counts towards the brake.
    public func entrance(_ identity: Identity) throws -> Entrance {
        guard registration == .roster else { return .open }
        let rows = try database.run(
            Self.checkRoster,
            [
                .text(identity.studentID), .text(identity.name), .text(identity.phoneNumber),
                .int(policy.maximumFailures), .int(policy.failureWindow),
            ])
        switch rows.first?.text(0) {
        case "listed": return .open
        case "not_listed": return .notListed
        case "too_many_attempts": return .tooManyAttempts(retryAfter: rows.first?.int(1) ?? policy.failureWindow)
        default: throw PostgresError.unexpectedResult("auth_check_roster")
        }
    }

    private static let register = Statement(
        name: "auth_register", sql: "SELECT auth_register($1::text, $2::text, $3::text)")

    /// Makes an account, if this server may.
    public func register(_ identity: Identity) throws -> Admission {
        if registration == .closed { return .registrationClosed }
        switch try entrance(identity) {
        case .open: break
        case .notListed: return .notEligible
        case .tooManyAttempts(let retryAfter): return .tooManyAttempts(retryAfter: retryAfter)
        }
        let rows = try database.run(
            Self.register, [.text(identity.studentID), .text(identity.name), .text(identity.phoneNumber)])
        switch rows.first?.text(0) {
        case "created": return .created
        case "student_id_exists": return .studentIDExists
        case "phone_number_in_use": return .phoneNumberInUse
        default: throw PostgresError.unexpectedResult("auth_register")
        }
    }

    private static let find = Statement(
        name: "auth_student", sql: "SELECT name, phone_number FROM users WHERE student_id = $1::text")

    /// The person behind a caller: name and phone number; nil when the account was deleted this instant.
    public func profile(of caller: Caller) throws -> (name: String, phoneNumber: String)? {
        guard let row = try database.run(Self.find, [.text(caller.studentID)]).first,
            let name = row.text(0), let phoneNumber = row.text(1)
        else { return nil }
        return (name, phoneNumber)
    }
}
