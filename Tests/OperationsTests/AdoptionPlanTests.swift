import Testing

@testable import Operations

@Suite struct AdoptionPlanTests {
    static func account(_ serial: Int64, _ studentID: String, phone: String = "", name: String = "홍길동")
        -> OldServer.Account
    {
        OldServer.Account(
            key: String(serial), studentID: studentID, serialID: serial, name: name,
            phoneNumber: phone.isEmpty ? "010000000\(serial)" : phone, createdAt: nil, updatedAt: nil)
    }
    static func assignment(_ id: Int64, _ locker: Int64, _ account: String, _ state: String) -> OldServer.Assignment {
        OldServer.Assignment(
            id: id, lockerID: locker, account: account, state: state, holdExpiresAt: nil, confirmedAt: nil,
            releasedAt: nil, createdAt: nil)
    }
    static func server(
        _ accounts: [OldServer.Account], owners: [Int64: String] = [:], assignments: [OldServer.Assignment] = []
    ) -> OldServer {
        OldServer(
            shape: .bySerialID, locations: [(1, "정보관")], accounts: accounts,
            lockers: (101...103).map { OldServer.Locker(id: $0, locationID: 1, owner: owners[$0]) },
            assignments: assignments)
    }

    @Test func keepsTheAccountWithTheLocker() {
        let old = Self.server([Self.account(1, "2023321234"), Self.account(2, "2023321234")], owners: [101: "1"])
        let plan = AdoptionPlan(old)
        #expect(plan.questions.isEmpty)
        #expect(plan.remarks == [.severalAccounts(studentID: "2023321234", serials: [1, 2], kept: 1, locker: 101)])
        #expect(plan.json.contains("\"owner\":\"2023321234\""))
    }

    @Test func keepsTheNewestOrTheChosenWhereNoneHasALocker() {
        let old = Self.server([Self.account(1, "2023321234"), Self.account(2, "2023321234")])
        #expect(
            AdoptionPlan(old).remarks == [
                .severalAccounts(studentID: "2023321234", serials: [1, 2], kept: 2, locker: nil)
            ])
        #expect(
            AdoptionPlan(old, keep: [1]).remarks
                == [.severalAccounts(studentID: "2023321234", serials: [1, 2], kept: 1, locker: nil)])
    }

    @Test func asksWhereTwoHaveLockers() {
        let old = Self.server(
            [Self.account(1, "2023321234"), Self.account(2, "2023321234")], owners: [101: "1", 102: "2"])
        let question = AdoptionPlan.Question.whichAccount(studentID: "2023321234", owners: [(1, 101), (2, 102)])
        #expect(AdoptionPlan(old).questions == [question])
        #expect(AdoptionPlan(old, keep: [1, 2]).questions == [question])
        let decided = AdoptionPlan(old, keep: [2])
        #expect(decided.questions.isEmpty)
        #expect(decided.remarks.contains(.freed(locker: 101, studentID: "2023321234")))
    }

    /// A choice never takes a locker from the account that has the only one.
    @Test func aChoiceDoesNotOverrideTheOnlyOwner() {
        let old = Self.server([Self.account(1, "2023321234"), Self.account(2, "2023321234")], owners: [101: "1"])
        #expect(
            AdoptionPlan(old, keep: [2]).remarks
                == [.severalAccounts(studentID: "2023321234", serials: [1, 2], kept: 1, locker: 101)])
    }

    @Test func asksWhosePhoneItIs() {
        let accounts = [
            Self.account(1, "2023321234", phone: "01012345678"), Self.account(2, "2023325678", phone: "01012345678"),
        ]
        #expect(
            AdoptionPlan(Self.server(accounts)).questions == [.whosePhone(studentIDs: ["2023321234", "2023325678"])])
        #expect(AdoptionPlan(Self.server(accounts), skip: ["2023325678"]).questions.isEmpty)
        // Not one who has a locker.
        #expect(!AdoptionPlan(Self.server(accounts, owners: [101: "2"]), skip: ["2023325678"]).questions.isEmpty)
    }

    @Test(
        arguments: [
            ("hold", 101, "1", AdoptionPlan.Remark.holdExpired(assignment: 9, locker: 101)),
            ("confirmed", 102, "1", .cancelled(assignment: 9, locker: 102)),
            ("expired", 999, "1", .dangling(assignment: 9)),
            ("expired", 101, "77", .dangling(assignment: 9)),
        ] as [(String, Int64, String, AdoptionPlan.Remark)])
    func sortsAssignments(state: String, locker: Int64, account: String, remark: AdoptionPlan.Remark) {
        let old = Self.server(
            [Self.account(1, "2023321234")], owners: [101: "1"],
            assignments: [Self.assignment(9, locker, account, state)])
        #expect(AdoptionPlan(old).remarks == [remark])
    }

    @Test func aConfirmedLockerWithoutOwnerGetsOne() {
        let old = Self.server([Self.account(1, "2023321234")], assignments: [Self.assignment(9, 103, "1", "confirmed")])
        #expect(AdoptionPlan(old).remarks == [.ownerAdded(locker: 103, studentID: "2023321234")])
    }

    @Test func ofTwoConfirmedRowsTheNewestCounts() {
        let old = Self.server(
            [Self.account(1, "2023321234")], owners: [101: "1"],
            assignments: [Self.assignment(8, 101, "1", "confirmed"), Self.assignment(9, 101, "1", "confirmed")])
        #expect(AdoptionPlan(old).remarks == [.cancelled(assignment: 8, locker: 101)])
    }

    @Test func tellsOfAnOddStudentID() {
        #expect(AdoptionPlan(Self.server([Self.account(1, "admin")])).remarks == [.oddStudentID("admin")])
    }

    @Test(arguments: [
        (["users.serial_id": "bigint", "locker_info.owner_serial_id": "bigint"], OldServer.Shape.bySerialID),
        (["users.student_id": "text", "locker_info.owner": "text"], .byStudentID),
        (["users.student_id": "text", "users.serial_id": "bigint", "locker_info.owner": "text"], .byStudentID),
    ])
    func tellsTheShapesApart(types: [String: String], shape: OldServer.Shape) throws {
        #expect(try OldServer.shape(types) == shape)
    }
}
