import Testing

@testable import FastCGI

@Suite struct ResponseTests {
    @Test(arguments: ["a\r\nSet-Cookie: x", "a\nb", "a\rb", "a\0b", "\r\n", "끝\n"])
    func aValueThatWouldEndTheHeaderIsRefused(_ value: String) {
        #expect(Header(name: "Location", value: value) == nil)
    }

    @Test(arguments: ["", "A B", "A:", "A\r\nB", "Ä", "A\0", "Status", "status", "A\t"])
    func aNameThatIsNoTokenIsRefused(_ name: String) {
        #expect(Header(name: name, value: "x") == nil)
    }

    @Test func ordinaryHeadersPass() {
        #expect(Header(name: "X-Request-Id", value: "a b; c=\"d\"")?.value == "a b; c=\"d\"")
        #expect(Header(name: "X-Empty", value: "") != nil)
        #expect(Header("Allow", "GET, POST").name == "Allow")
    }

    private func head(_ response: Response) -> String { String(decoding: response.head, as: UTF8.self) }

    @Test func theHeadIsWrittenAsCGIWantsIt() {
        let response = Response(status: 401, headers: [Header("WWW-Authenticate", "Bearer")], body: Array("abc".utf8))
        #expect(head(response) == "Status: 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 3\r\n\r\n")
    }

    @Test func theLengthIsAddedOnlyWhereItBelongs() {
        #expect(head(Response(status: 204)) == "Status: 204 No Content\r\n\r\n")
        #expect(head(Response(status: 304)) == "Status: 304 Not Modified\r\n\r\n")
        #expect(head(Response(status: 200)) == "Status: 200 OK\r\nContent-Length: 0\r\n\r\n")
        let own = Response(status: 200, headers: [Header("content-length", "7")])
        #expect(head(own) == "Status: 200 OK\r\ncontent-length: 7\r\n\r\n")
    }

    @Test func parametersAreFoundByName() {
        let request = Request(parameters: ["A": "1", "AB": "2=3", "EMPTY": ""], body: .complete([]))
        #expect(request[parameter: "A"] == "1")
        #expect(request[parameter: "AB"] == "2=3")
        #expect(request[parameter: "EMPTY"] == "")
        #expect(request[parameter: "B"] == nil)
        #expect(request[parameter: ""] == nil)

        var parameters = Parameters()
        parameters.append(Array("BAD=".utf8) + [0xFF, 0xFE])
        parameters.append(Array("TWICE=first".utf8))
        parameters.append(Array("TWICE=second".utf8))
        parameters.append(Array("nonsense".utf8))
        #expect(parameters["BAD"] == nil)
        #expect(parameters["TWICE"] == "first")
        #expect(parameters["nonsense"] == nil)
    }
}
