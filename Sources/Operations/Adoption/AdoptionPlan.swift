/// What of an old server's data is taken over, and how. Pure: from the old data and the operator's choices.
public struct AdoptionPlan: Sendable {
    /// Something that is not taken over as it stands, and what is done instead.
    public enum Remark: Equatable, Sendable {
        /// Several accounts of one 학번; the one that is kept, and its locker.
        case severalAccounts(studentID: String, serials: [Int64], kept: Int64?, locker: Int64?)
        /// A 학번 that nobody can sign in with.
        case oddStudentID(String)
        /// A phone that was written with hyphens or the like: the API takes digits alone.
        case phoneRewritten(studentID: String)
        /// A phone that nobody can sign in with.
        case oddPhone(studentID: String)
        case skipped(studentID: String)
        /// The locker was another account's of the same person, or was to be freed: it is free now.
        case freed(locker: Int64, studentID: String)
        /// Confirmed, but the locker named nobody as its owner: now it does.
        case ownerAdded(locker: Int64, studentID: String)
        /// Confirmed, but the locker is another's: taken over as given back.
        case cancelled(assignment: Int64, locker: Int64)
        /// It names a locker or an account that is not there.
        case dangling(assignment: Int64)
        /// A minute's hold: it does not travel.
        case holdExpired(assignment: Int64, locker: Int64)
    }

    /// What only the operator can decide.
    public enum Question: Equatable, Sendable {
        /// One 학번, several accounts with a locker each.
        case whichAccount(studentID: String, owners: [(serial: Int64, locker: Int64)])
        /// One account, several lockers.
        case whichLocker(studentID: String, lockers: [Int64])
        /// One phone, several students.
        case whosePhone(studentIDs: [String])

        public static func == (left: Question, right: Question) -> Bool {
            switch (left, right) {
            case (.whichAccount(let a, let b), .whichAccount(let c, let d)):
                a == c && b.map(\.serial) == d.map(\.serial) && b.map(\.locker) == d.map(\.locker)
            case (.whosePhone(let a), .whosePhone(let b)): a == b
            case (.whichLocker(let a, let b), .whichLocker(let c, let d)): a == c && b == d
            default: false
            }
        }
    }

    public private(set) var remarks: [Remark] = []
    public private(set) var questions: [Question] = []
    private var users: [OldServer.Account] = []
    private var lockers: [(locker: OldServer.Locker, owner: String?)] = []
    private var assignments: [(assignment: OldServer.Assignment, studentID: String, state: String)] = []
    private let locations: [(id: Int64, name: String)]

    /// - Parameters:
    ///   - keep: the numbers of the accounts to keep where one 학번 has several
    ///   - skip: the 학번 to leave behind, of students without a locker
    ///   - free: the lockers that become free, whoever has them
    public init(_ old: OldServer, keep: Set<Int64> = [], skip: Set<String> = [], free: Set<Int64> = []) {
        locations = old.locations
        let old = freeing(free, of: rewritingPhones(old))
        let kept = chooseAccounts(old, keep: keep, skip: skip)
        takeLockersAndAssignments(old, kept: kept)
    }

    private mutating func rewritingPhones(_ old: OldServer) -> OldServer {
        let accounts = old.accounts.map { account in
            var digits = account.phoneNumber.filter { !"-. ()".contains($0) }
            if digits.hasPrefix("+82") { digits = "0" + digits.dropFirst(3).drop { $0 == "0" } }
            if !(10...15).contains(digits.utf8.count) || !digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                remarks.append(.oddPhone(studentID: account.studentID))
                return account
            }
            if digits == account.phoneNumber { return account }
            remarks.append(.phoneRewritten(studentID: account.studentID))
            return OldServer.Account(
                key: account.key, studentID: account.studentID, serialID: account.serialID, name: account.name,
                phoneNumber: digits, createdAt: account.createdAt, updatedAt: account.updatedAt)
        }
        return OldServer(
            shape: old.shape, locations: old.locations, accounts: accounts, lockers: old.lockers,
            assignments: old.assignments)
    }

    private mutating func freeing(_ free: Set<Int64>, of old: OldServer) -> OldServer {
        let names = Dictionary(old.accounts.map { ($0.key, $0.studentID) }, uniquingKeysWith: { first, _ in first })
        let lockers = old.lockers.map { locker in
            guard free.contains(locker.id), let owner = locker.owner else { return locker }
            remarks.append(.freed(locker: locker.id, studentID: names[owner] ?? owner))
            return OldServer.Locker(id: locker.id, locationID: locker.locationID, owner: nil)
        }
        return OldServer(
            shape: old.shape, locations: old.locations, accounts: old.accounts, lockers: lockers,
            assignments: old.assignments)
    }

    /// One account for each 학번; gives their keys.
    private mutating func chooseAccounts(_ old: OldServer, keep: Set<Int64>, skip: Set<String>) -> Set<String> {
        let lockerOf = Dictionary(
            old.lockers.compactMap { locker in locker.owner.map { ($0, locker.id) } },
            uniquingKeysWith: { first, _ in first })
        for (studentID, accounts) in Dictionary(grouping: old.accounts, by: \.studentID).sorted(by: { $0.key < $1.key })
        {
            let owners = accounts.filter { lockerOf[$0.key] != nil }
            if skip.contains(studentID), owners.isEmpty {
                remarks.append(.skipped(studentID: studentID))
                continue
            }
            let chosen = accounts.filter { $0.serialID.map(keep.contains) ?? false }
            if owners.count > 1, chosen.count != 1 {
                questions.append(
                    .whichAccount(
                        studentID: studentID, owners: owners.map { ($0.serialID ?? 0, lockerOf[$0.key] ?? 0) }))
            }
            // The one with the locker, else the one that was chosen, else the newest.
            guard let account = chosen.count == 1 && owners.count != 1 ? chosen.first : owners.first ?? accounts.last
            else { continue }
            if accounts.count > 1 {
                remarks.append(
                    .severalAccounts(
                        studentID: studentID, serials: accounts.compactMap(\.serialID), kept: account.serialID,
                        locker: lockerOf[account.key]))
            }
            if studentID.utf8.count != 10 || !studentID.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                remarks.append(.oddStudentID(studentID))
            }
            users.append(account)
            let lockers = old.lockers.filter { $0.owner == account.key }.map(\.id)
            if lockers.count > 1 { questions.append(.whichLocker(studentID: studentID, lockers: lockers)) }
        }
        for (_, sharing) in Dictionary(grouping: users, by: \.phoneNumber).sorted(by: { $0.key < $1.key })
        where sharing.count > 1 {
            questions.append(.whosePhone(studentIDs: sharing.map(\.studentID)))
        }
        return Set(users.map(\.key))
    }

    private mutating func takeLockersAndAssignments(_ old: OldServer, kept: Set<String>) {
        let accounts = Dictionary(old.accounts.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let people = Set(users.map(\.studentID))
        var owners: [Int64: String] = [:]
        for locker in old.lockers {
            guard let owner = locker.owner, let account = accounts[owner] else { continue }
            if kept.contains(owner) {
                owners[locker.id] = account.studentID
            } else {
                remarks.append(.freed(locker: locker.id, studentID: account.studentID))
            }
        }
        let ids = Set(old.lockers.map(\.id))
        var confirmed: Set<Int64> = []
        // The newest first: of several confirmed rows of one locker the newest counts.
        for assignment in old.assignments.reversed() {
            guard let account = accounts[assignment.account], people.contains(account.studentID),
                ids.contains(assignment.lockerID)
            else {
                remarks.append(.dangling(assignment: assignment.id))
                continue
            }
            var state = assignment.state
            if state == "hold" {
                state = "expired"
                remarks.append(.holdExpired(assignment: assignment.id, locker: assignment.lockerID))
            } else if state == "confirmed" {
                if owners[assignment.lockerID] == nil, kept.contains(account.key),
                    !confirmed.contains(assignment.lockerID),
                    !owners.values.contains(account.studentID)
                {
                    owners[assignment.lockerID] = account.studentID
                    remarks.append(.ownerAdded(locker: assignment.lockerID, studentID: account.studentID))
                }
                if owners[assignment.lockerID] != account.studentID || !confirmed.insert(assignment.lockerID).inserted {
                    state = "cancelled"
                    remarks.append(.cancelled(assignment: assignment.id, locker: assignment.lockerID))
                }
            }
            assignments.append((assignment, account.studentID, state))
        }
        lockers = old.lockers.map { ($0, owners[$0.id]) }
    }

    /// What the plan takes over, for the database's function.
    var json: String {
        func list<Element>(_ elements: [Element], _ text: (Element) -> String) -> String {
            "[" + elements.map(text).joined(separator: ",") + "]"
        }
        func merged(_ numbers: [(String, Int64?)], _ texts: [(name: String, value: String?)]) -> String {
            let members = numbers.map { "\"\($0.0)\":\($0.1.map(String.init) ?? "null")" }
            return "{" + (members + [String(JSONText.object(texts).dropFirst().dropLast())]).joined(separator: ",")
                + "}"
        }
        let parts = [
            "\"locations\":" + list(locations) { merged([("location_id", $0.id)], [("name", $0.name)]) },
            "\"users\":"
                + list(users) {
                    merged(
                        [("serial_id", $0.serialID)],
                        [
                            ("student_id", $0.studentID), ("name", $0.name), ("phone_number", $0.phoneNumber),
                            ("created_at", $0.createdAt), ("updated_at", $0.updatedAt),
                        ])
                },
            "\"lockers\":"
                + list(lockers) {
                    merged([("locker_id", $0.locker.id), ("location_id", $0.locker.locationID)], [("owner", $0.owner)])
                },
            "\"assignments\":"
                + list(assignments) {
                    merged(
                        [("assignment_id", $0.assignment.id), ("locker_id", $0.assignment.lockerID)],
                        [
                            ("student_id", $0.studentID), ("state", $0.state),
                            ("hold_expires_at", $0.assignment.holdExpiresAt),
                            ("confirmed_at", $0.assignment.confirmedAt), ("released_at", $0.assignment.releasedAt),
                            ("created_at", $0.assignment.createdAt),
                        ])
                },
        ]
        return "{" + parts.joined(separator: ",") + "}"
    }
}
