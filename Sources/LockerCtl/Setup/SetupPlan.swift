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
        "postgresql://\(user)@\(hosts)/\(database)" + (query.isEmpty ? "" : "?" + query)
    }
}
