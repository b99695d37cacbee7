public import Postgres

/// Students: who is registered. One per thread.
public final class Students {
    public enum Admission: Equatable, Sendable {
        case created
        case studentIDExists
        case phoneNumberInUse
        case registrationClosed
        case notEligible
    }

    private let database: Database
    private let registration: Registration

    public init(database: Database, registration: Registration) {
        self.database = database
        self.registration = registration
    }

    private static let register = Statement(
        name: "auth_register", sql: "SELECT auth_register($1::text, $2::text, $3::text)")

    /// Makes an account, if this server may.
    public func register(_ identity: Identity) throws -> Admission {
        switch registration {
        case .closed: return .registrationClosed
        // Fails closed: without a list nobody is on it.
        case .roster: return .notEligible
        case .open: break
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
