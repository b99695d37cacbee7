import Lockers
import Logging
import Testing

@testable import Auth
@testable import FCGIApp

@Suite struct SettingsTests {
    static let good = [
        "DB_URL": "postgresql:///locker?host=/run/postgresql&user=locker_app",
        "JWT_ACCESS_SECRET": "0123456789abcdef0123456789abcdef", "JWT_ISS": "issuer", "JWT_AUD": "audience",
    ]

    private func settings(_ changes: [String: String?], files: [String: String] = [:]) throws(Settings.Faults)
        -> Settings
    {
        let environment = Self.good.merging(changes.compactMapValues { $0 }) { _, new in new }
            .filter { name, _ in !(changes.keys.contains(name) && changes[name] == .some(nil)) }
        return try Settings(environment: { environment[$0] }, readFile: { files[$0].map { Array($0.utf8) } })
    }

    private func faults(_ changes: [String: String?], files: [String: String] = [:]) -> [String] {
        do {
            _ = try settings(changes, files: files)
            return []
        } catch {
            return error.faults.map(\.name)
        }
    }

    @Test func defaults() throws {
        let settings = try settings([:])
        #expect(settings.accessTokens.lifetime == 1800)
        #expect(settings.sessions.refreshLifetime == 336 * 3600)
        #expect(settings.reservations.holdSeconds == 60)
        #expect(settings.reservations.burst == 60)
        #expect(settings.reservations.perSecond == 2)
        #expect(settings.threads == 8)
        #expect(settings.logLevel == .info)
        // Whoever forgets the setting lets nobody in rather than everybody.
        #expect(settings.sessions.registration == .closed)
    }

    @Test func aSecretFromAFileLosesOnlyItsNewline() throws {
        let settings = try settings(
            ["JWT_ACCESS_SECRET": nil, "JWT_ACCESS_SECRET_FILE": "/secret"],
            files: ["/secret": "abcdefghijklmnopqrstuvwxyz 012345\r\n"])
        #expect(settings.accessTokens.secret == Array("abcdefghijklmnopqrstuvwxyz 012345".utf8))
    }

    @Test(arguments: [
        ("DB_URL", nil as String?), ("DB_URL", ""), ("DB_URL", "no connection string"), ("DB_URL", "http://x"),
        ("JWT_ACCESS_SECRET", nil), ("JWT_ACCESS_SECRET", "short"), ("JWT_ACCESS_SECRET_PREVIOUS", "short"),
        ("JWT_ISS", nil), ("JWT_AUD", ""), ("JWT_ACCESS_TTL_MIN", "0"), ("JWT_ACCESS_TTL_MIN", "30m"),
        ("JWT_ACCESS_TTL_MIN", "99999999999999999999"), ("JWT_REFRESH_TTL_H", "-1"), ("LOCKER_HOLD_SECONDS", "0"),
        ("LOCKER_HOLD_SECONDS", "1.5"), ("LOCKER_ATTEMPT_BURST", "0"), ("LOCKER_ATTEMPT_BURST", "many"),
        ("LOCKER_ATTEMPTS_PER_SECOND", "0"), ("LOCKER_ATTEMPTS_PER_SECOND", "0.5"), ("LOCKER_THREADS", "0"),
        ("LOCKER_THREADS", "1000"),
        ("LOCKER_REGISTRATION", "Open"), ("LOG_LEVEL", "loud"),
    ])
    func oneFault(name: String, value: String?) {
        #expect(faults([name: value]) == [name])
    }

    @Test func allFaultsAreNamedAtOnce() {
        #expect(
            faults(["DB_URL": nil, "JWT_ISS": nil, "LOCKER_HOLD_SECONDS": "x", "LOG_LEVEL": "x"])
                == ["DB_URL", "JWT_ISS", "LOCKER_HOLD_SECONDS", "LOG_LEVEL"])
    }

    @Test func secretFiles() {
        let both: [String: String?] = ["JWT_ACCESS_SECRET_FILE": "/secret"]
        #expect(faults(both, files: ["/secret": "x"]) == ["JWT_ACCESS_SECRET"])
        let missing: [String: String?] = ["JWT_ACCESS_SECRET": nil, "JWT_ACCESS_SECRET_FILE": "/nowhere"]
        #expect(faults(missing) == ["JWT_ACCESS_SECRET_FILE"])
        #expect(faults(missing, files: ["/nowhere": "short\n"]) == ["JWT_ACCESS_SECRET_FILE"])
    }

    @Test func accessTokensEndBeforeTheirSession() {
        #expect(faults(["JWT_ACCESS_TTL_MIN": "120", "JWT_REFRESH_TTL_H": "1"]) == ["JWT_ACCESS_TTL_MIN"])
        #expect(faults(["JWT_ACCESS_TTL_MIN": "240", "JWT_SESSION_TTL_H": "1"]) == ["JWT_ACCESS_TTL_MIN"])
        #expect(faults(["JWT_ACCESS_TTL_MIN": "60", "JWT_SESSION_TTL_H": "1", "JWT_REFRESH_TTL_H": "1"]) == [])
        // Each by itself, so that one run tells all there is to mend.
        #expect(
            faults(["JWT_ACCESS_TTL_MIN": "240", "JWT_SESSION_TTL_H": "1", "JWT_REFRESH_TTL_H": "2"])
                == ["JWT_ACCESS_TTL_MIN", "JWT_ACCESS_TTL_MIN"])
    }

    @Test func noFaultRepeatsASecret() {
        let secret = "hunter2-hunter2"
        do {
            _ = try settings([
                "JWT_ACCESS_SECRET": secret, "DB_URL": "postgresql://a:\(secret)@[::1/x", "LOG_LEVEL": "x",
            ])
            Issue.record("these settings are wrong")
        } catch {
            #expect(error.faults.count == 3)
            #expect(!error.faults.contains { $0.description.contains(secret) })
        }
    }
}
