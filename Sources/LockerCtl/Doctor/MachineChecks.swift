internal import Foundation

/// What `doctor` says of the certificate and the secret.
enum MachineChecks {
    /// - Parameters:
    ///   - file: the certificate's file; nil: ask the server at `url`
    static func certificate(file: String?, url: String?) -> Finding {
        let subject = "인증서"
        let text: String?
        if let file {
            text = openssl(["x509", "-noout", "-enddate", "-in", file])
        } else if let url, let server = URLComponents(string: url), let host = server.host {
            // -connect wants brackets around IPv6 as the URL has them.
            let connection = openssl(
                ["s_client", "-connect", "\(host):\(server.port ?? 443)", "-servername", host], input: "")
            text = connection.flatMap { openssl(["x509", "-noout", "-enddate"], input: $0) }
        } else {
            return .skipped(subject, "--certificate 파일이나 LOCKER_HTTPS_URL이 없어 보지 않았습니다.")
        }
        guard let text, let days = daysLeft(text, now: Date()) else {
            return .problem(subject, "인증서를 읽을 수 없습니다. (\(file ?? url ?? ""))")
        }
        if days < 0 { return .problem(subject, "만료되었습니다.") }
        return days < 14 ? .problem(subject, "\(days)일 뒤에 만료됩니다. 갱신하세요.") : .good(subject, "\(days)일 남았습니다.")
    }

    /// From `notAfter=Mar  2 12:00:00 2027 GMT`.
    static func daysLeft(_ text: String, now: Date) -> Int? {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "MMM d HH:mm:ss yyyy"
        let line = text.split(separator: "\n").first { $0.hasPrefix("notAfter=") }
        guard let value = line?.dropFirst(9).replacing(" GMT", with: "").replacing("  ", with: " "),
            let date = format.date(from: String(value))
        else { return nil }
        return Int((date.timeIntervalSince(now) / 86400).rounded(.down))
    }

    /// The secret that signs access tokens: long enough (RFC 7518 §3.2: at least the hash's 32 bytes), not too old.
    static func secret(_ environment: [String: String]) -> Finding {
        let subject = "JWT 비밀"
        if let file = environment["JWT_ACCESS_SECRET_FILE"], !file.isEmpty {
            guard let data = FileManager.default.contents(atPath: file) else {
                return .problem(subject, "\(file)을(를) 읽을 수 없습니다.")
            }
            let made = (try? FileManager.default.attributesOfItem(atPath: file))?[.modificationDate] as? Date
            return secret(length: data.count, days: made.map { Int(Date().timeIntervalSince($0) / 86400) })
        }
        guard let secret = environment["JWT_ACCESS_SECRET"], !secret.isEmpty else {
            return .skipped(subject, "JWT_ACCESS_SECRET(_FILE)이 없어 보지 않았습니다.")
        }
        return self.secret(length: secret.utf8.count, days: nil)
    }

    static func secret(length: Int, days: Int?) -> Finding {
        let subject = "JWT 비밀"
        if length < 32 { return .problem(subject, "\(length)바이트로 너무 짧습니다. 32바이트 이상이어야 합니다.") }
        if let days, days > 365 { return .problem(subject, "만든 지 \(days)일 되었습니다. 새로 만드세요.") }
        return .good(subject, "\(length)바이트" + (days.map { ", 만든 지 \($0)일" } ?? ", 나이는 파일이 아니라서 알 수 없음"))
    }

    /// What openssl printed, nil when it failed.
    private static func openssl(_ arguments: [String], input: String? = nil) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Ten seconds: a server that accepts and says nothing must not hold up the doctor.
        process.arguments = ["timeout", "10", "openssl"] + arguments
        let (output, source) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = source
        guard (try? process.run()) != nil else { return nil }
        source.fileHandleForWriting.write(Data((input ?? "").utf8))
        try? source.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? said : nil
    }
}
