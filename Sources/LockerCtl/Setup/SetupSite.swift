internal import Foundation

/// nginx's site, its certificate, and the way in which nginx.service gets to them.
struct SetupSite {
    let plan: SetupPlan

    static let folder = "/etc/locker-server/nginx"
    private static let dropIn = "/etc/systemd/system/nginx.service.d/locker-server.conf"
    private static let hook = "/etc/letsencrypt/renewal-hooks/deploy/locker-server"
    private static let temporary = "/etc/locker-server/certificate"

    private var letsEncrypt: (file: String, key: String) {
        let folder = "/etc/letsencrypt/live/" + plan.domain
        return (folder + "/fullchain.pem", folder + "/privkey.pem")
    }

    /// The certificate to serve with, and whether browsers believe it.
    func certificate() throws(Failure) -> (file: String, key: String, isTemporary: Bool) {
        if let own = plan.certificate { return (own.file, own.key, false) }
        if HostFile.exists(letsEncrypt.file) { return (letsEncrypt.file, letsEncrypt.key, false) }
        let (file, key) = (Self.temporary + "/temporary.pem", Self.temporary + "/temporary.key")
        if try !isUsable(file) {
            // nginx needs one to start at all, and certbot needs nginx.
            try Shell.must("mkdir", ["-p", "-m", "0700", Self.temporary])
            try Shell.must(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "30",
                    "-subj", "/CN=\(plan.domain)", "-addext", "subjectAltName=DNS:\(plan.domain)", "-keyout", key,
                    "-out", file,
                ])
        }
        return (file, key, true)
    }

    /// Whether the temporary certificate is there, for this name, and for another day at least.
    private func isUsable(_ file: String) throws(Failure) -> Bool {
        guard HostFile.exists(file) else { return false }
        // -checkhost tells by its words alone.
        let result = try Shell.run(
            "openssl", ["x509", "-noout", "-in", file, "-checkend", "86400", "-checkhost", plan.domain])
        return result.status == 0 && result.output.contains("does match")
    }

    /// Writes the site; a file that was changed by hand is kept beside it.
    func write() throws(Failure) {
        let certificate = try certificate()
        var text = try HostFile.read(SetupDatabase.share + "/site.conf.in")
        let values = [
            "DOMAIN": plan.domain, "CERTIFICATE": certificate.file, "KEY": certificate.key,
            "TRUSTED": plan.trusted.map { "    \($0) 1;" }.joined(separator: "\n"),
            "ORIGINS": plan.origins.map { "    \"\($0)\" $http_origin;" }.joined(separator: "\n"),
            "REAL_ADDRESS": realAddress,
        ]
        for (name, value) in values { text = text.replacingOccurrences(of: "@\(name)@", with: value) }
        let site = Self.folder + "/sites/locker.conf"
        if HostFile.exists(site) {
            let before = try HostFile.read(site)
            if before != text { try HostFile.write(before, to: site + ".old") }
        }
        try HostFile.write(text, to: site)
    }

    /// Only what comes from the load balancer is believed; anybody else's X-Forwarded-For is just a header.
    private var realAddress: String {
        if plan.proxies.isEmpty { return "" }
        return "# The load balancer in front says who the client is; nobody else's word is taken.\n"
            + plan.proxies.map { "set_real_ip_from \($0);\n" }.joined()
            + "real_ip_header X-Forwarded-For;\n# Of several addresses the last that is not the balancer's own.\n"
            + "real_ip_recursive on;\n"
    }

    /// Lets nginx.service read our configuration instead of Debian's, which stays as it is.
    func takeOver() throws(Failure) {
        let nginx = "/usr/sbin/nginx -c \(Self.folder)/nginx.conf"
        let isNew = try HostFile.write(
            """
            # Written by `lockerctl setup`: nginx serves the lockers. Removing the package takes it away again.
            [Service]
            ExecStartPre=
            ExecStartPre=\(nginx) -t -q -g 'daemon on; master_process on;'
            ExecStart=
            ExecStart=\(nginx) -g 'daemon on; master_process on;'
            ExecReload=
            ExecReload=\(nginx) -g 'daemon on; master_process on;' -s reload
            # Debian's would stay down after a crash.
            Restart=on-failure
            RestartSec=1
            # worker_rlimit_nofile may not be above the limit of the process.
            LimitNOFILE=131072

            """, to: Self.dropIn)
        // A renewed certificate is read at a reload.
        try HostFile.write(
            "#!/bin/sh\n# A renewed certificate: nginx reads it.\nexec systemctl reload nginx.service\n", to: Self.hook,
            mode: 0o755)
        try Shell.must("nginx", ["-t", "-q", "-c", Self.folder + "/nginx.conf"])
        try Shell.must("systemctl", ["daemon-reload"])
        try Shell.must("systemctl", ["enable", "--quiet", "nginx.service"])
        // A restart refuses whoever comes meanwhile.
        let isServing = try isOurs()
        try Shell.must("systemctl", [isServing && !isNew ? "reload" : "restart", "nginx.service"])
    }

    /// Whether nginx runs, and with our configuration: its command line says which.
    private func isOurs() throws(Failure) -> Bool {
        let process = try Shell.must("systemctl", ["show", "--property=MainPID", "--value", "nginx.service"])
        return process != "0"
            && ((try? HostFile.read("/proc/\(process)/cmdline"))?.contains(Self.folder + "/nginx.conf") ?? false)
    }

    /// Asks Let's Encrypt, by the file that nginx serves. Gives what certbot said when there is none.
    func obtain() throws(Failure) -> String? {
        guard let email = plan.email else { return nil }
        let result = try Shell.run(
            "certbot",
            [
                "certonly", "--webroot", "--webroot-path", "/var/lib/locker-server/acme", "--domain", plan.domain,
                "--email", email, "--agree-tos", "--non-interactive",
            ])
        if result.status != 0 { return result.output.trimmingCharacters(in: .whitespacesAndNewlines) }
        try write()
        try Shell.must("systemctl", ["reload", "nginx.service"])
        return nil
    }
}
