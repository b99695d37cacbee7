internal import JSON
internal import Postgres

/// The data of the old Go server, in either shape that it had.
public struct OldServer: Sendable, Equatable {
    /// How it knew people: by 학번 (2024), or by a number of its own beside it, with several accounts of one 학번 (2025).
    public enum Shape: Sendable, Equatable { case byStudentID, bySerialID }

    /// An account. `key` is what the other tables name it by.
    public struct Account: Sendable, Equatable {
        public let key: String
        public let studentID: String
        public let serialID: Int64?
        public let name: String
        public let phoneNumber: String
        public let createdAt: String?
        public let updatedAt: String?
    }
    public struct Locker: Sendable, Equatable {
        public let id: Int64
        public let locationID: Int64
        /// The key of an account.
        public let owner: String?
    }
    public struct Assignment: Sendable, Equatable {
        public let id: Int64
        public let lockerID: Int64
        public let account: String
        public let state: String
        public let holdExpiresAt: String?
        public let confirmedAt: String?
        public let releasedAt: String?
        public let createdAt: String?
    }

    public let shape: Shape
    public let locations: [(id: Int64, name: String)]
    public let accounts: [Account]
    public let lockers: [Locker]
    public let assignments: [Assignment]

    public static func == (left: OldServer, right: OldServer) -> Bool {
        left.shape == right.shape && left.accounts == right.accounts && left.lockers == right.lockers
            && left.assignments == right.assignments && left.locations.map(\.id) == right.locations.map(\.id)
            && left.locations.map(\.name) == right.locations.map(\.name)
    }

    private static let columns = Statement(
        name: "old_columns",
        sql: """
            SELECT c.relname || '.' || a.attname, format_type(a.atttypid, NULL)
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            """)

    /// Reads it, by one picture and without changing anything.
    public static func read(_ url: String) throws -> OldServer {
        let database = Database(url: url, limits: Database.Limits(connect: .seconds(5), statement: .seconds(120)))
        return try database.transaction { transaction in
            _ = try transaction.run(
                Statement(name: "old_begin", sql: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            var types: [String: String] = [:]
            let found = try transaction.run(columns)
            for index in 0..<found.count { types[found[index].text(0) ?? ""] = found[index].text(1) ?? "" }
            let shape = try shape(types)
            guard let text = try transaction.run(Statement(name: "old_data", sql: query(shape, types))).first?.text(0)
            else { throw OperationError.unexpected("old_data") }
            return (.commit, try parse(try Document(text), shape))
        }
    }

    static func shape(_ types: [String: String]) throws(OperationError) -> Shape {
        if types["users.serial_id"] != nil, types["locker_info.owner_serial_id"] != nil { return .bySerialID }
        if types["users.student_id"] != nil, types["locker_info.owner"] != nil { return .byStudentID }
        throw .refused(Refusal(code: "unknown_shape", details: [:]))
    }

    /// One statement for all of it. A time without a zone is Seoul's.
    private static func query(_ shape: Shape, _ types: [String: String]) -> String {
        func instant(_ table: String, _ column: String) -> String {
            switch types["\(table).\(column)"] {
            case nil: "NULL::timestamptz AS \(column)"
            case "timestamp without time zone": "(t.\(column) AT TIME ZONE 'Asia/Seoul') AS \(column)"
            default: "t.\(column)::timestamptz AS \(column)"
            }
        }
        func list(_ name: String, _ sql: String) -> String {
            "'\(name)', (SELECT coalesce(json_agg(r), '[]') FROM (\(sql)) r)"
        }
        let bySerial = shape == .bySerialID
        let times = "\(instant("users", "created_at")), \(instant("users", "updated_at"))"
        // The 학번 stands beside the number; where only it stands, it is looked up.
        let owner =
            !bySerial
            ? "t.owner"
            : types["locker_info.owner_student_id"] == nil
                ? "t.owner_serial_id::text"
                : """
                coalesce(t.owner_serial_id::text, (SELECT min(u.serial_id)::text FROM users u
                                                    WHERE u.student_id = t.owner_student_id))
                """
        let stamps = ["hold_expires_at", "confirmed_at", "released_at", "created_at"]
            .map { instant("locker_assignments", $0) }.joined(separator: ", ")
        return "SELECT json_build_object("
            + [
                list("locations", "SELECT t.location_id::bigint, t.name::text FROM locker_locations t ORDER BY 1"),
                list(
                    "users",
                    """
                    SELECT \(bySerial ? "t.serial_id::text" : "t.student_id::text") AS key, t.student_id::text,
                           \(types["users.serial_id"] == nil ? "NULL" : "t.serial_id")::bigint AS serial_id,
                           t.name::text, t.phone_number::text, \(times) FROM users t ORDER BY t.student_id, 3
                    """),
                list(
                    "lockers",
                    "SELECT t.locker_id::bigint, t.location_id::bigint, \(owner) AS owner FROM locker_info t ORDER BY 1"
                ),
                list(
                    "assignments",
                    """
                    SELECT t.assignment_id::bigint, t.locker_id::bigint,
                           \(bySerial ? "t.user_serial_id::text" : "t.student_id::text") AS account, t.state::text, \(stamps)
                      FROM locker_assignments t ORDER BY 1
                    """),
            ].joined(separator: ", ") + ")::text"
    }

    private static func parse(_ document: Document, _ shape: Shape) throws(OperationError) -> OldServer {
        func rows(_ name: String) -> [[String: JSONValue]] {
            if case .array(let values) = document[name] { values.compactMap(\.object) } else { [] }
        }
        func number(_ row: [String: JSONValue], _ name: String) throws(OperationError) -> Int64 {
            guard let value = row[name]?.integer else { throw .unexpected("old \(name)") }
            return value
        }
        func text(_ row: [String: JSONValue], _ name: String) throws(OperationError) -> String {
            guard let value = row[name]?.string else { throw .unexpected("old \(name)") }
            return value
        }
        var locations: [(id: Int64, name: String)] = []
        for row in rows("locations") { locations.append((try number(row, "location_id"), try text(row, "name"))) }
        var accounts: [Account] = []
        for row in rows("users") {
            accounts.append(
                Account(
                    key: try text(row, "key"), studentID: try text(row, "student_id"),
                    serialID: row["serial_id"]?.integer, name: try text(row, "name"),
                    phoneNumber: try text(row, "phone_number"), createdAt: row["created_at"]?.string,
                    updatedAt: row["updated_at"]?.string))
        }
        var lockers: [Locker] = []
        for row in rows("lockers") {
            lockers.append(
                Locker(
                    id: try number(row, "locker_id"), locationID: try number(row, "location_id"),
                    owner: row["owner"]?.string))
        }
        var assignments: [Assignment] = []
        for row in rows("assignments") {
            assignments.append(
                Assignment(
                    id: try number(row, "assignment_id"), lockerID: try number(row, "locker_id"),
                    account: row["account"]?.string ?? "", state: try text(row, "state"),
                    holdExpiresAt: row["hold_expires_at"]?.string, confirmedAt: row["confirmed_at"]?.string,
                    releasedAt: row["released_at"]?.string, createdAt: row["created_at"]?.string))
        }
        return OldServer(
            shape: shape, locations: locations, accounts: accounts, lockers: lockers, assignments: assignments)
    }
}
