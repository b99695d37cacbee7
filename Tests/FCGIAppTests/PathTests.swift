import Testing

@testable import FCGIApp

@Suite struct PathTests {
    @Test(arguments: [
        ("/api/v1/lockers", ["api", "v1", "lockers"]), ("/api/v1/lockers?a=/b", ["api", "v1", "lockers"]),
        ("/api/v1/lockers/%31%30%31/hold", ["api", "v1", "lockers", "101", "hold"]),
        ("/api/v1//lockers", ["api", "v1", "", "lockers"]), ("/api/v1/lockers/", ["api", "v1", "lockers", ""]),
        ("/%ed%99%8d", ["홍"]), ("/a;b=c/d", ["a;b=c", "d"]), ("/a+b", ["a+b"]), ("/", [""]), ("/%2525", ["%25"]),
    ])
    func decodedOnce(target: String, segments: [String]) {
        #expect(Path(requestTarget: target)?.segments == segments)
    }

    /// Traversal, a smuggled slash, header injection, broken escapes, overlong and broken UTF-8.
    @Test(arguments: [
        "", "api/v1", "http://example.com/api", "*", "/a/../b", "/a/./b", "/%2e%2e/a", "/%2E/a", "/a%2fb", "/a%2Fb",
        "/a%00", "/a%0d%0aX: y", "/a%7f", "/%", "/%1", "/%zz", "/%c0%af", "/%ff", "/%ed%a0%80",
    ])
    func refused(target: String) {
        #expect(Path(requestTarget: target) == nil)
    }
}

@Suite struct RouterTests {
    private let router = Router()

    @Test func everyRouteIsFound() throws {
        for route in Route.all {
            let target = "/api/v1" + route.template.replacing("{id}", with: "101")
            let match = try router.match(method: route.method, target: target)
            #expect(match.endpoint == route.endpoint)
            #expect(match.id == (route.template.contains("{id}") ? "101" : nil))
        }
        #expect(Set(Route.all.map(\.endpoint)).count == Endpoint.allCases.count)
    }

    @Test func headIsGet() throws {
        #expect(try router.match(method: "HEAD", target: "/api/v1/lockers").endpoint == .lockers)
    }

    @Test(arguments: [
        "/", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v2/lockers", "/api/v1/lockers/", "/api/v1//lockers",
        "/api/v1/lockers//hold", "/api/v1/lockers/1/../2/hold", "/api/v1/lockers/1/hold/", "/API/v1/lockers",
        "/api/v1/lockers;a=b", "/api/v1/lockers/1/nope",
    ])
    func unknown(target: String) {
        #expect(throws: APIError(.notFound)) { try router.match(method: "GET", target: target) }
    }

    @Test(arguments: [
        ("DELETE", "/api/v1/lockers", "GET, HEAD"), ("GET", "/api/v1/lockers/1/hold", "POST"),
        ("PUT", "/api/v1/auth/login", "POST"), ("HEAD", "/api/v1/auth/login", "POST"),
        ("", "/api/v1/health", "GET, HEAD"),
    ])
    func wrongMethod(method: String, target: String, allow: String) {
        #expect { try router.match(method: method, target: target) } throws: {
            ($0 as? APIError) == .methodNotAllowed(allow: allow)
        }
    }
}
