import Auth
import FastCGI
import Testing

@testable import FCGIApp

@Suite struct RequestBodyTests {
    private func request(_ text: String, type: String? = "application/json") -> Request {
        var parameters: [String: String] = [:]
        parameters["CONTENT_TYPE"] = type
        return Request(parameters: parameters, body: .complete(Array(text.utf8)))
    }

    private func code(_ request: Request) -> ErrorCode? {
        do {
            _ = try RequestBody(request).identity()
            return nil
        } catch {
            return error.code
        }
    }

    private static let good = #"{"student_id":"2023321234","name":"홍길동","phone_number":"01012345678"}"#

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"",
        "application/json ; x=y",
    ])
    func mediaTypes(type: String) {
        #expect(code(request(Self.good, type: type)) == nil)
    }

    @Test(arguments: [
        "", "text/plain", "application/jsonx", "application/json; charset=euc-kr", "multipart/form-data", nil,
    ])
    func otherMediaTypes(type: String?) {
        #expect(code(request(Self.good, type: type)) == .unsupportedMediaType)
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "1", "\"x\"", "{", "\u{FEFF}{}", #"{"student_id":"2023321234"}"#,
        #"{"student_id":2023321234,"name":"홍길동","phone_number":"01012345678"}"#,
        #"{"student_id":"2023321234","name":null,"phone_number":"01012345678"}"#,
        #"{"student_id":"2023321234","name":["홍길동"],"phone_number":"01012345678"}"#,
        #"{"student_id":"2023321234","student_id":"2023325678","name":"홍길동","phone_number":"01012345678"}"#,
        #"{"student_id":"2023321234","name":"홍\u0000동","phone_number":"01012345678"}"#,
    ])
    func badBodies(text: String) {
        #expect(code(request(text)) == .invalidRequest)
    }

    @Test func theSentenceNamesTheField() {
        for (field, text) in [
            ("student_id", #"{"student_id":"1","name":"홍길동","phone_number":"01012345678"}"#),
            ("name", #"{"student_id":"2023321234","name":"홍","phone_number":"01012345678"}"#),
            ("phone_number", #"{"student_id":"2023321234","name":"홍길동","phone_number":"010-1234-5678"}"#),
            ("phone_number", #"{"student_id":"2023321234","name":"홍길동"}"#),
        ] {
            #expect { try RequestBody(request(text)).identity() } throws: {
                ($0 as? APIError)?.message.contains(field) == true
            }
        }
    }

    @Test func bodiesThatDidNotArrive() {
        #expect(code(Request(parameters: [:], body: .tooLarge)) == .bodyTooLarge)
        #expect(code(Request(parameters: [:], body: .incomplete)) == .invalidRequest)
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER  abc", "abc"), ("Basic abc", nil), ("Bearer", nil),
        ("", nil),
        ("Bearer ", nil),
    ])
    func bearerTokens(header: String, token: String?) {
        #expect(Request(parameters: ["HTTP_AUTHORIZATION": header], body: .complete([])).bearerToken == token)
    }
}
