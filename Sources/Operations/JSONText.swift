internal import JSON

/// JSON texts whose names are known only at run time (JSONWriter's are fixed).
enum JSONText {
    static func string(_ value: String?) -> String {
        guard let value else { return "null" }
        var writer = JSONWriter(capacity: value.utf8.count + 2)
        writer.string(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func object(_ members: [(name: String, value: String?)]) -> String {
        "{" + members.map { string($0.name) + ":" + string($0.value) }.joined(separator: ",") + "}"
    }
}
