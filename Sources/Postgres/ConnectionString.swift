internal import CPostgres

/// A libpq connection string or URL, taken apart by libpq itself.
public struct ConnectionString: Sendable {
    private var options: [(keyword: String, variable: String?, value: String)] = []

    /// Nil for what libpq cannot read.
    public init?(_ text: String) {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(text, &message) else {
            // The message quotes the string, where a password may stand: it is freed unread.
            PQfreemem(message)
            return nil
        }
        defer { PQconninfoFree(parsed) }
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                options.append(
                    (
                        String(cString: keyword), option.pointee.envvar.map { String(cString: $0) },
                        String(cString: value)
                    ))
            }
            option += 1
        }
    }

    /// What is said under a keyword of libpq, `dbname`.
    public subscript(_ keyword: String) -> String? { options.first { $0.keyword == keyword }?.value }

    /// The same server and account, another database.
    public func database(_ name: String) -> ConnectionString {
        var other = self
        other.options.removeAll { $0.keyword == "dbname" }
        other.options.append(("dbname", "PGDATABASE", name))
        return other
    }

    /// The same account and database at each of the servers that are named, alone and in that order: one when none or one
    /// is named, or when only libpq can say what is meant (lists of unequal length; `prefer-standby`, which goes through
    /// the list twice).
    var servers: [ConnectionString] {
        let lists = ["host", "hostaddr", "port"].compactMap { keyword in
            self[keyword].map { (keyword, $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)) }
        }
        let count = lists.filter { $0.0 != "port" }.map(\.1.count).max() ?? 1
        guard count > 1, self["target_session_attrs"] != "prefer-standby",
            lists.allSatisfy({ $0.1.count == count || ($0.0 == "port" && $0.1.count == 1) })
        else { return [self] }
        return (0..<count).map { index in
            var server = self
            for (keyword, values) in lists { server.set(keyword, values.count == 1 ? values[0] : values[index]) }
            return server
        }
    }

    private mutating func set(_ keyword: String, _ value: String) {
        for index in options.indices where options[index].keyword == keyword { options[index].value = value }
    }

    /// As `keyword='value' …`, a password too.
    public var text: String { Self.text(options) }

    /// The same without what is secret: fit to be an argument, which every process list shows.
    public var publicText: String { Self.text(options.filter { !Self.secrets.contains($0.keyword) }) }

    private static let secrets: Set = ["password", "sslpassword"]

    private static func text(_ options: [(keyword: String, variable: String?, value: String)]) -> String {
        options.map { option in
            let value = option.value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
            return "\(option.keyword)='\(value)'"
        }.joined(separator: " ")
    }

    /// As the environment of a program of PostgreSQL's: in an argument every process list would show a password.
    public var environment: [String: String] {
        Dictionary(options.compactMap { option in option.variable.map { ($0, option.value) } }) { _, last in last }
    }
}
