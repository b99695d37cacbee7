internal import Foundation

/// What setup has been told, kept so that setting up again need not be told again, and forgets nothing.
struct SetupAnswers {
    /// An answer is named like its option. What was never said is not kept: its default may change with the host.
    enum Name: String, CaseIterable {
        case domain, email, database, certificate, key, origins, trusted, workers
        case behindProxy = "behind-proxy"
    }

    static let file = "/etc/locker-server/setup.answers"
    /// The answer `database` for the PostgreSQL of this host.
    static let here = "here"

    private var values: [Name: String] = [:]

    /// What was kept by the last setup; nothing before the first.
    static func kept() throws(Failure) -> SetupAnswers {
        HostFile.exists(file) ? SetupAnswers(text: try HostFile.read(file)) : SetupAnswers()
    }

    init() {}

    /// From lines of `name=value`.
    init(text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Name(rawValue: String(parts[0])) else { continue }
            values[name] = String(parts[1])
        }
    }

    /// Nil for what was never said; empty for what was said to be none.
    subscript(name: Name) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    var text: String {
        "# What `lockerctl setup` was told, each under the name of its option; kept for the next time it runs.\n"
            + Name.allCases.compactMap { name in values[name].map { "\(name.rawValue)=\($0)\n" } }.joined()
    }

    /// Root's alone: the e-mail is a person's.
    func keep() throws(Failure) { try HostFile.write(text, to: Self.file, mode: 0o600) }
}
