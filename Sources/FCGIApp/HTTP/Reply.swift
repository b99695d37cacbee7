internal import FastCGI
internal import JSON

/// A response of the API before it goes onto the wire: JSON unless it is empty.
struct Reply {
    var status: Int
    var body: [UInt8] = []
    var headers: [(name: String, value: String)] = []
    /// Nothing here may be kept by a cache unless an endpoint says otherwise: most answers belong to one student.
    var cacheControl = "no-store"

    init(status: Int) { self.status = status }

    init(status: Int, capacity: Int = 256, json body: (inout JSONWriter) -> Void) {
        self.status = status
        self.body = JSONWriter.object(capacity: capacity, body)
    }

    /// `{"message": …}` with 200.
    static func message(_ text: String) -> Reply {
        Reply(status: 200) { $0.member("message", text) }
    }

    /// What FastCGI sends. A header whose value could be two is left out rather than sent.
    var response: Response {
        var all = headers
        if !body.isEmpty { all.append(("Content-Type", "application/json; charset=utf-8")) }
        all.append(("Cache-Control", cacheControl))
        return Response(status: status, headers: all.compactMap { Header(name: $0.name, value: $0.value) }, body: body)
    }
}
