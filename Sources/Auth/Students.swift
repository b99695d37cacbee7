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

    private let database: Database
    private let policy: SessionPolicy

    public init(database: Database, policy: SessionPolicy) {
        self.database = database
        self.policy = policy
    }

    private static let register = Statement(
        name: "auth_register",
        sql: """
            SELECT outcome, retry_after FROM auth_register($1::text, $2::text, $3::text, $4::text, $5::int, $6::int)
            """)

    /// Makes an account, if this server may. A refusal by the council's list counts as a failed sign-in of this 학번.
    public func register(_ identity: Identity) throws -> Admission {
        let rows = try database.run(
            Self.register,
            [
                .text(identity.studentID), .text(identity.name), .text(identity.phoneNumber),
                .text(policy.registration.rawValue), .int(policy.maximumFailures), .int(policy.failureWindow),
            ])
        switch rows.first?.text(0) {
        case "created": return .created
        case "student_id_exists": return .studentIDExists
        case "phone_number_in_use": return .phoneNumberInUse
        case "registration_closed": return .registrationClosed
        case "not_listed": return .notEligible
        case "too_many_attempts": return .tooManyAttempts(retryAfter: rows.first?.int(1) ?? policy.failureWindow)
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
