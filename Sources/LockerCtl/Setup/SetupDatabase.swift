internal import Foundation

/// Roles, database and schema.
struct SetupDatabase {
    let plan: SetupPlan

    static let share = "/usr/share/locker-server"
    static let secrets = "/etc/locker-server/secrets"
    private static let roles = ["locker_app", "locker_operator", "locker_owner"]

    func url(role: String) -> String {
        plan.remote?.url(role: role) ?? "postgresql:///locker?host=/run/postgresql&user=\(role)"
    }

    /// Who may make a database, for `restore`. On another host without a password: that one is nowhere on this host.
    var superuserURL: String { plan.remote?.adminURL(database: "locker") ?? url(role: "postgres") }

    /// - Returns: what remains to be done by a person
    func prepare() throws(Failure) -> [String] {
        let isThere = try !admin(input: "SELECT 1 FROM pg_database WHERE datname = 'locker';\n").isEmpty
        // Before anything is touched: a host that does not know the passwords of a database in use ends here.
        let wantsPasswords = isThere ? try !knowsPasswords() : plan.remote != nil
        let warned = try admin(input: HostFile.read(Self.share + "/migrations/roles.sql")).contains(
            "may not set what is logged")
        // Before the database, which by being there says that its roles have passwords.
        if wantsPasswords { try setPasswords() }
        if !isThere {
            // Outside of a superuser only a member of a role may give it a database.
            // Names are 한글: never the encoding that a bare host's cluster happens to have. The locale decides nothing
            // here, and a server elsewhere may not know Debian's.
            let locale = plan.remote == nil ? " LOCALE 'C.UTF-8'" : ""
            try admin(
                input: "GRANT locker_owner TO CURRENT_USER;\n"
                    + "CREATE DATABASE locker OWNER locker_owner ENCODING 'UTF8'\(locale) TEMPLATE template0;\n")
        }
        guard try admin(input: "SHOW server_encoding;\n", database: "locker") == "UTF8" else {
            throw Failure("데이터베이스 locker의 인코딩이 UTF8이 아닙니다. 한글을 다룰 수 없습니다.")
        }
        // Nobody but the three has any business in it.
        try admin(
            input: """
                REVOKE CONNECT ON DATABASE locker FROM PUBLIC;
                GRANT CONNECT ON DATABASE locker TO locker_app, locker_operator, locker_owner;
                """)
        if plan.remote == nil { try letIn() }
        var remains = try HostFigures(plan: plan).remarks(
            version: admin(input: "SHOW server_version_num;\n"), connections: admin(input: "SHOW max_connections;\n"))
        if warned {
            remains.append(
                "데이터베이스 서버의 로그에 개인정보가 남지 않게 (RDS는 파라미터 그룹에서): log_error_verbosity = terse, "
                    + "log_min_error_statement = panic, log_parameter_max_length = 0, log_parameter_max_length_on_error = 0"
            )
        }
        return remains
    }

    func migrate() throws(Failure) { try Shell.must("/usr/lib/locker-server/migrate", []) }

    /// Runs SQL as who may make roles: the superuser of this host's server, or the one of the URL.
    @discardableResult
    private func admin(input: String, database: String? = nil) throws(Failure) -> String {
        let psql = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]
        if let remote = plan.remote {
            return try Shell.must("env", psql + ["--dbname=\(remote.adminURL(database: database))"], input: input)
        }
        let name = "--dbname=\(database ?? "postgres")"
        return try Shell.must("runuser", ["-u", "postgres", "--"] + psql + [name], input: input)
    }

    /// Peer authentication: who one is on this host decides which role one may be. Root may be all of them, since root
    /// may be anybody anyway.
    private func letIn() throws(Failure) {
        let hba = try admin(input: "SHOW hba_file;\n")
        let ident = try admin(input: "SHOW ident_file;\n")
        // The first line that fits decides, so ours stands first. The operator reaches every database that lets him: a restore
        // writes its row into the one that is about to be the real one, and reads the one that was.
        let first = """
            local locker locker_app,locker_owner peer map=locker_server
            local all locker_operator,postgres peer map=locker_server
            """
        let rules = try HostFile.read(hba)
        if !rules.contains(first) {
            try HostFile.write("# locker-server\n\(first)\n\n" + rules, to: hba)
        }
        let pairs = [
            ("locker-server", "locker_app"), ("locker-backup", "locker_owner"), ("locker-retention", "locker_operator"),
            ("root", "locker_app"), ("root", "locker_operator"), ("root", "locker_owner"), ("root", "postgres"),
            ("postgres", "postgres"),
        ]
        let names = try HostFile.read(ident)
        let missing = pairs.map { "locker_server \($0.0) \($0.1)" }.filter { !names.contains($0) }
        if !missing.isEmpty {
            try HostFile.write(names + "\n# locker-server\n" + missing.joined(separator: "\n") + "\n", to: ident)
        }
        try admin(input: "SELECT pg_reload_conf();\n")
        try writePasswords([:])
    }

    /// Whether each role gets in with what this host has. Only asked of a database that was there before.
    /// - Throws: when one does not, and nobody said that there shall be new passwords: they would lock out every other host
    private func knowsPasswords() throws(Failure) -> Bool {
        // On this host nobody has one.
        if plan.remote == nil { return true }
        if plan.newPasswords { return false }
        for role in Self.roles {
            let file = Self.secrets + (role == "locker_app" ? "/pgpass" : "/pgpass-operators")
            // The master's password is not this role's, and libpq would prefer it.
            let result = try Shell.run(
                "env",
                [
                    "-u", "PGPASSWORD", "PGPASSFILE=\(file)", "psql", "--no-psqlrc", "--no-password", "--quiet",
                    "--dbname=\(url(role: role))", "--command=SELECT 1",
                ])
            if result.status != 0 {
                throw Failure(
                    """
                    데이터베이스 locker가 이미 있는데, 이 서버는 \(role)의 비밀번호를 모르거나 틀리게 알고 있습니다.
                    먼저 설정한 서버의 \(Self.secrets)/ 를 통째로 복사한 뒤 다시 실행하세요.
                    그런 서버가 더는 없으면 --new-passwords를 붙이세요. (있으면 그 서버들이 연결하지 못하게 됩니다)
                    \(result.output.trimmingCharacters(in: .whitespacesAndNewlines))
                    """)
            }
        }
        return true
    }

    /// Over the network each role has a password: made here, told to the server, kept where only root reads it.
    private func setPasswords() throws(Failure) {
        var passwords: [String: String] = [:]
        for role in Self.roles { passwords[role] = Secret.random(bytes: 24) }
        // Not the password but what the server keeps of it: letters, digits and + / = $ : -, nothing that SQL would take for
        // something else. Through standard input, since arguments are in every process list.
        var statements = ""
        for role in Self.roles {
            statements += "ALTER ROLE \(role) PASSWORD '\(try ScramSecret.of(passwords[role] ?? ""))';\n"
        }
        try admin(input: statements)
        try writePasswords(passwords)
    }

    /// The two password files (libpq's form): the workers' has the workers' alone. Both always exist, since a unit that
    /// is to be given a file does not start without it.
    private func writePasswords(_ passwords: [String: String]) throws(Failure) {
        func lines(_ roles: [String]) -> String {
            "# Passwords of the database: libpq's password file. Empty when the database is on this host.\n"
                + roles.compactMap { role in passwords[role].map { "*:*:*:\(role):\($0)\n" } }.joined()
        }
        try HostFile.write(lines(["locker_app"]), to: Self.secrets + "/pgpass", mode: 0o600)
        try HostFile.write(
            lines(["locker_operator", "locker_owner"]), to: Self.secrets + "/pgpass-operators", mode: 0o600)
    }
}

/// Random text.
enum Secret {
    /// base64url of so many random bytes of the kernel's.
    static func random(bytes: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let data = Data((0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        return data.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
