internal import Foundation

/// The workers' settings, secret and units.
struct SetupUnits {
    let plan: SetupPlan

    private static let services = [
        "locker-worker@.service", "locker-backup.service", "locker-retention.service", "locker-sweep.service",
    ]
    private static let timers = ["locker-backup.timer", "locker-retention.timer", "locker-sweep.timer"]

    func writeSettings(_ database: SetupDatabase) throws(Failure) {
        try HostFile.write(
            """
            # Written by `lockerctl setup`; what is to be changed by hand stands in worker.env.
            LOCKER_DOMAIN=\(plan.domain)
            DB_URL=\(database.url(role: "locker_app"))
            DB_OPERATOR_URL=\(database.url(role: "locker_operator"))
            DB_OWNER_URL=\(database.url(role: "locker_owner"))
            DB_SUPERUSER_URL=\(database.superuserURL)
            DB_BACKUP_URL=\(database.url(role: "locker_owner"))
            JWT_ISS=https://\(plan.domain)
            JWT_AUD=https://\(plan.domain)

            """, to: "/etc/locker-server/setup.env")
        let secret = SetupDatabase.secrets + "/jwt-access-secret"
        // Another key would sign everybody out.
        if !HostFile.exists(secret) { try HostFile.write(Secret.random(bytes: 48) + "\n", to: secret, mode: 0o600) }
    }

    /// Enables and starts everything; more workers than wanted are stopped.
    func start() throws(Failure) {
        for service in Self.services {
            let dropIn = "/etc/systemd/system/\(service).d/remote-database.conf"
            if plan.remote != nil {
                try HostFile.write(HostFile.read(SetupDatabase.share + "/remote-database.conf"), to: dropIn)
            } else {
                try? FileManager.default.removeItem(atPath: dropIn)
            }
        }
        try Shell.must("systemctl", ["daemon-reload"])
        let wanted = (1...plan.workers).map { "locker-worker@\($0).service" }
        let wants = "/etc/systemd/system/locker-server.target.wants"
        let enabled = (try? FileManager.default.contentsOfDirectory(atPath: wants)) ?? []
        let surplus = enabled.filter { $0.hasPrefix("locker-worker@") && !wanted.contains($0) }
        if !surplus.isEmpty { try Shell.must("systemctl", ["disable", "--quiet", "--now"] + surplus) }
        try Shell.must(
            "systemctl",
            ["enable", "--quiet", "locker-server.target", "locker-server.socket"] + wanted + Self.timers)
        // Workers that run already take the new settings; the target starts the rest.
        try Shell.must("systemctl", ["try-restart"] + wanted)
        try Shell.must(
            "systemctl", ["start", "locker-server.target", "locker-server.socket"] + wanted + Self.timers)
    }

    /// Asks the service what everybody will ask it, by its name but on this host.
    func health() throws(Failure) -> String? {
        let result = try Shell.run(
            "curl",
            [
                "--silent", "--show-error", "--insecure", "--noproxy", "*", "--max-time", "5", "--retry", "5",
                "--retry-connrefused", "--resolve", "\(plan.domain):443:127.0.0.1",
                "https://\(plan.domain)/api/v1/health",
            ])
        return result.status == 0 && result.output.contains("\"healthy\"") ? nil : result.output
    }
}
