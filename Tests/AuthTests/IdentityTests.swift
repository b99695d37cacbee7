import Testing

@testable import Auth

@Suite struct IdentityTests {
    @Test func whiteSpaceAroundIsTrimmed() throws {
        let identity = try Identity(
            studentID: " 2023321234\n", name: "\u{3000}홍길동\u{A0}", phoneNumber: "\t01012345678 ")
        #expect(identity == (try Identity(studentID: "2023321234", name: "홍길동", phoneNumber: "01012345678")))
    }

    @Test(arguments: ["홍길", "가나다라마바사아자차카타파하거너더러머버", "O'Neill 김", "\u{1112}\u{1169}\u{11BC}\u{1100}\u{1175}\u{11AF}"])
    func names(name: String) throws {
        _ = try Identity(studentID: "2023321234", name: name, phoneNumber: "01012345678")
    }

    @Test(arguments: [
        "", " ", "홍", "가나다라마바사아자차카타파하거너더러머버서", "홍\u{0}길동", "홍\n길동", "홍\u{202E}길동", "홍\u{200B}길동",
        "홍길" + String(repeating: "\u{301}", count: 60),
    ])
    func noNames(name: String) {
        #expect(throws: Identity.Fault.name) {
            try Identity(studentID: "2023321234", name: name, phoneNumber: "01012345678")
        }
    }

    @Test(arguments: [
        "", "202332123", "20233212345", "2023a21234", "２０２３３２１２３４", "2023 321234", "-023321234", "2023321234\u{0}",
    ])
    func noStudentIDs(studentID: String) {
        #expect(throws: Identity.Fault.studentID) {
            try Identity(studentID: studentID, name: "홍길동", phoneNumber: "01012345678")
        }
    }

    @Test(arguments: ["", "010123456", "0101234567890123", "010-1234-5678", "+821012345678", "０１０１２３４５６７８"])
    func noPhoneNumbers(phoneNumber: String) {
        #expect(throws: Identity.Fault.phoneNumber) {
            try Identity(studentID: "2023321234", name: "홍길동", phoneNumber: phoneNumber)
        }
    }
}

@Suite struct ClientTests {
    @Test(arguments: [
        ("203.0.113.77", "203.0.113.0/24"), ("2001:db8:aa:1::7", "2001:db8:aa::/48"), ("2001:db8::1", "2001:db8::/48"),
        ("::1", "::/48"),
    ])
    func onlyTheNetworkIsKept(address: String, network: String) {
        #expect(Client(userAgent: nil, address: address).network == network)
    }

    @Test(arguments: ["", "unix:", "203.0.113", "203.0.113.300", "a.b.c.d", "example.com"])
    func noAddress(address: String) {
        #expect(Client(userAgent: nil, address: address).network == nil)
    }

    @Test func userAgentIsShortAndPrintable() {
        let client = Client(userAgent: "Mozilla\u{0}\n한" + String(repeating: "x", count: 500), address: nil)
        #expect(client.userAgent?.hasPrefix("Mozillax") == true)
        #expect(client.userAgent?.count == 120)
    }
}
