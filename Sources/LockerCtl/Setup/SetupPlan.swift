internal import Foundation

/// What a host is to become, checked.
struct SetupPlan {
    let domain: String
    let email: String?
    /// A database elsewhere; nil for the PostgreSQL of this host.
    let remote: RemoteDatabase?
    let certificate: (file: String, key: String)?
    let origins: [String]
    let trusted: [String]
    let proxies: [String]
    let workers: Int
    /// Whether the roles of a database elsewhere get new passwords, though other hosts may know the old ones.
    let newPasswords: Bool

    /// The pages of the council.
    static let origins = "https://www.kucisc.kr,https://kucisc.kr"

    /// - Throws: for an answer that cannot be meant
    init(_ answers: SetupAnswers, newPasswords: Bool) throws(Failure) {
        let domain = answers[.domain] ?? ""
        guard Self.isDomain(domain) else { throw Failure("도메인 ‘\(domain)’의 모양이 올바르지 않습니다.") }
        guard (answers[.certificate] == nil) == (answers[.key] == nil) else {
            throw Failure("--certificate와 --key는 함께 주어야 합니다.")
        }
        for file in [answers[.certificate], answers[.key]].compactMap({ $0 }) where !HostFile.exists(file) {
            throw Failure("파일 \(file)이(가) 없습니다.")
        }
        let origins = Self.list(answers[.origins] ?? Self.origins)
        for origin in origins where !Self.isOrigin(origin) { throw Failure("‘\(origin)’은(는) 페이지의 주소가 아닙니다.") }
        let (trusted, proxies) = (Self.list(answers[.trusted] ?? ""), Self.list(answers[.behindProxy] ?? ""))
        for network in trusted + proxies where !Self.isNetwork(network) {
            throw Failure("‘\(network)’은(는) 네트워크 주소가 아닙니다.")
        }
        let workers = answers[.workers].flatMap(Int.init) ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...64).contains(workers) else { throw Failure("워커는 1개에서 64개까지 둘 수 있습니다.") }
        let url = answers[.database].flatMap { $0 == SetupAnswers.here ? nil : $0 }
        remote = try url.map { url throws(Failure) in try RemoteDatabase(url: url) }
        if let file = remote?.hiddenAuthority {
            throw Failure("sslrootcert의 파일 \(file)을(를) 워커가 읽을 수 없습니다. /etc/locker-server/ 아래에 두어 주세요. (권한 0644)")
        }
        self.domain = domain
        email = answers[.email].flatMap { $0.isEmpty ? nil : $0 }
        certificate = answers[.certificate].flatMap { file in answers[.key].map { (file, $0) } }
        (self.origins, self.trusted, self.proxies) = (origins, trusted, proxies)
        self.workers = workers
        self.newPasswords = newPasswords
    }

    /// A name as it may stand in nginx's files.
    static func isDomain(_ text: String) -> Bool {
        text.count <= 253
            && text.wholeMatch(of: /[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+/) != nil
    }

    static func isOrigin(_ text: String) -> Bool {
        text.wholeMatch(of: /https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?/) != nil
    }

    /// An address or a network, `10.0.0.0/16`.
    static func isNetwork(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-9a-fA-F.:]+(\/[0-9]{1,3})?/) != nil && text.contains { $0 == "." || $0 == ":" }
    }

    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}

/// A PostgreSQL on other hosts, by the URL of a role that may make roles and databases there.
struct RemoteDatabase: Equatable {
    /// The hosts with their ports, as they stand in the URL.
    let hosts: String
    /// The part behind the question mark, without it.
    let query: String
    private let userInfo: String
    private let database: String

    /// `postgresql://master@db.example:5432/postgres?sslmode=require`. A password in it is refused: it would stand in
    /// the process list and in the shell's history.
    init(url: String) throws(Failure) {
        guard let match = url.wholeMatch(of: /postgres(?:ql)?:\/\/([^@\/?]+)@([^\/?@]+)(?:\/([^?]*))?(?:\?(.*))?/)
        else {
            throw Failure("데이터베이스 주소는 postgresql://관리자@호스트:5432/postgres?sslmode=require 의 모양이어야 합니다.")
        }
        guard !match.1.contains(":"), !url.contains("password=") else {
            throw Failure("데이터베이스 주소에 비밀번호를 넣지 마세요. 환경 변수 PGPASSWORD에 넣어 주세요.")
        }
        hosts = String(match.2)
        query = match.4.map(String.init) ?? ""
        userInfo = String(match.1)
        database = match.3.flatMap { $0.isEmpty ? nil : String($0) } ?? "postgres"
    }

    /// The file of `sslrootcert=`, when it is one that the units may not read (`InaccessiblePaths=`, `ProtectHome=`,
    /// `PrivateTmp=`) or that is not there: better said now than by workers that do not start.
    var hiddenAuthority: String? {
        for option in query.split(separator: "&") where option.hasPrefix("sslrootcert=") {
            let file = option.dropFirst("sslrootcert=".count)
            if file == "system" { return nil }
            let isHidden = Self.hidden.contains { file.hasPrefix($0) }
            return isHidden || !HostFile.exists(String(file)) ? String(file) : nil
        }
        return nil
    }

    private static let hidden = [
        "/root/", "/home/", "/srv/", "/boot/", "/tmp/", "/var/tmp/", "/var/log/", "/var/backups/", "/run/user/",
        "/etc/letsencrypt/", "/etc/ssl/private/", "/etc/locker-server/secrets/",
    ]

    /// As who may make roles, in the URL's own database or another.
    func adminURL(database other: String?) -> String { url(user: userInfo, database: other ?? database) }

    func url(role: String) -> String { url(user: role, database: "locker") }

    private func url(user: String, database: String) -> String {
        let names = hosts.split(separator: ",").map(Self.parts)
        if names.count > 1 {
            // Several hosts as two lists: sqitch would take what stands before the first colon for the host and the rest for
            // its port.
            let lists =
                "host=\(names.map(\.host).joined(separator: ","))&port=\(names.map(\.port).joined(separator: ","))"
            return "postgresql:///\(database)?\(lists)&user=\(user)" + (query.isEmpty ? "" : "&" + query)
        }
        return "postgresql://\(user)@\(hosts)/\(database)" + (query.isEmpty ? "" : "?" + query)
    }

    /// `db1:5432` and `[2001:db8::1]:5432` as name and port.
    private static func parts(_ host: Substring) -> (host: String, port: String) {
        guard let match = host.wholeMatch(of: /\[?([^\]]*?)\]?(?::([0-9]+))?/) else { return (String(host), "5432") }
        return (String(match.1), match.2.map(String.init) ?? "5432")
    }
}
