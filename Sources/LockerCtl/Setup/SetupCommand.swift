internal import ArgumentParser
internal import Foundation

/// Makes a running HTTPS service of an installed package. Safe to run again: what is there is kept.
struct SetupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup", abstract: "이 서버를 설정하고 서비스를 시작합니다. (설치 직후 한 번, 다시 실행해도 안전)",
        discussion: """
            주어지지 않은 것은 지난번의 답을 쓰고, 그것도 없으면 물어봅니다. 목록을 비우려면 빈 값을 줍니다(--trusted ""). 데이터베이스 관리자의 비밀번호는 \
            환경 변수 PGPASSWORD에 넣습니다.
            """)

    @Option(help: "서비스의 도메인 (예: locker.kucisc.kr)") var domain: String?
    @Option(help: "인증서 발급 기관에 알릴 이메일") var email: String?
    @Option(help: "다른 서버에 있는 데이터베이스의 관리자 주소, 또는 here (이 서버의 PostgreSQL)") var database: String?
    @Option(help: "직접 준비한 인증서 파일 (PEM, --key와 함께)") var certificate: String?
    @Option(help: "그 인증서의 개인 키 파일") var key: String?
    @Option(help: "API를 부를 수 있는 페이지의 주소, 쉼표로 구분 (기본값: \(SetupPlan.origins))") var origins: String?
    @Option(help: "접속 제한을 받지 않는 주소 (학생회 웹 서버), 쉼표로 구분") var trusted: String?
    @Option(name: .customLong("behind-proxy"), help: "앞에 있는 로드 밸런서의 네트워크 (예: 10.0.0.0/16), 쉼표로 구분")
    var behindProxy: String?
    @Option(help: "워커 프로세스의 수 (기본값: 코어의 수)") var workers: Int?
    @Flag(name: .customLong("no-certbot"), help: "인증서를 발급받지 않습니다.") var noCertbot = false
    @Flag(name: .customLong("move-database"), help: "지금과 다른 데이터베이스를 쓰기 시작합니다. 자료는 옮기지 않습니다.")
    var moveDatabase = false
    @Flag(name: .customLong("new-passwords"), help: "데이터베이스 계정의 비밀번호를 새로 정합니다. 같은 데이터베이스를 쓰는 다른 서버는 연결하지 못하게 됩니다.")
    var newPasswords = false

    func run() throws {
        try command {
            guard getuid() == 0 else { throw Failure("root로 실행해 주세요: sudo lockerctl setup") }
            guard HostFile.exists("/run/systemd/system") else { throw Failure("이 서버에는 systemd가 실행되고 있지 않습니다.") }
            let answers = try answers(kept: .kept())
            try setUp(SetupPlan(answers, newPasswords: newPasswords), answers)
        }
    }

    /// What is said now, over what was said before, and the rest by asking.
    private func answers(kept: SetupAnswers) throws(Failure) -> SetupAnswers {
        var answers = kept
        let given: [(SetupAnswers.Name, String?)] = [
            (.domain, domain?.lowercased()), (.email, email), (.database, database), (.certificate, certificate),
            (.key, key), (.origins, origins), (.trusted, trusted), (.behindProxy, behindProxy),
            (.workers, workers.map(String.init)),
        ]
        for case (let name, let value?) in given { answers[name] = value }
        if answers[.domain] == nil { answers[.domain] = try ask("--domain", "서비스의 도메인: ").lowercased() }
        if answers[.database] == nil, Console.isInteractive {
            let url = Console.ask("다른 서버에 있는 데이터베이스의 관리자 주소 (이 서버의 PostgreSQL이면 그냥 Enter): ") ?? ""
            answers[.database] = url.isEmpty ? SetupAnswers.here : url
        }
        answers[.database] = answers[.database] ?? SetupAnswers.here
        try refuseAnotherDatabase(answers, kept: kept)

        // A certificate of one's own or one by certbot: what is said now is the end of the other.
        if certificate == nil, email != nil { (answers[.certificate], answers[.key]) = (nil, nil) }
        if certificate != nil || noCertbot { answers[.email] = "" }
        if answers[.certificate] == nil, answers[.email] == nil {
            answers[.email] = try ask("--email (또는 --no-certbot)", "인증서 발급 기관에 알릴 이메일: ")
        }
        return answers
    }

    /// Another database is an empty one: nobody gets there by leaving out an option, or by a typing error in it.
    private func refuseAnotherDatabase(_ answers: SetupAnswers, kept: SetupAnswers) throws(Failure) {
        guard !moveDatabase, let before = kept[.database], let now = answers[.database] else { return }
        func place(_ answer: String) throws(Failure) -> String {
            answer == SetupAnswers.here ? answer : try RemoteDatabase(url: answer).hosts
        }
        guard try place(before) != place(now) else { return }
        throw Failure(
            "이 서버는 지금 다른 데이터베이스(\(try place(before)))를 씁니다. 바꾸려면 --move-database를 붙이세요. "
                + "자료는 따라가지 않습니다: lockerctl backup, restore")
    }

    private func ask(_ flag: String, _ question: String) throws(Failure) -> String {
        guard Console.isInteractive else { throw Failure("\(flag)을(를) 주어야 합니다.") }
        guard let answer = Console.ask(question), !answer.isEmpty else { throw Failure("\(flag)이(가) 필요합니다.") }
        return answer
    }

    private func setUp(_ plan: SetupPlan, _ answers: SetupAnswers) throws(Failure) {
        if plan.remote == nil, !HostFile.exists("/run/postgresql/.s.PGSQL.5432") {
            throw Failure("이 서버에 PostgreSQL이 실행되고 있지 않습니다. apt install postgresql, 또는 --database로 주소를 주세요.")
        }
        let database = SetupDatabase(plan: plan)
        let units = SetupUnits(plan: plan)
        let site = SetupSite(plan: plan)
        Console.say("1/5 데이터베이스: 계정과 데이터베이스")
        var remains = try database.prepare()
        Console.say("2/5 설정과 비밀 키")
        try units.writeSettings(database)
        try answers.keep()
        Console.say("3/5 데이터베이스의 구조")
        try database.migrate()
        Console.say("4/5 워커")
        try units.start()
        Console.say("5/5 nginx")
        try site.write()
        try site.takeOver()
        if try site.certificate().isTemporary, plan.email != nil {
            if !Shell.isInstalled("certbot") {
                remains.append("certbot이 없습니다: apt install certbot, 그다음 이 명령을 다시 실행")
            } else if let reason = try site.obtain() {
                remains.append("인증서를 받지 못했습니다. DNS를 확인하고 이 명령을 다시 실행하세요.\n\(reason)")
            }
        }
        if try site.certificate().isTemporary {
            remains.append("지금은 브라우저가 믿지 않는 임시 인증서(30일)입니다.")
        }
        if let problem = try units.health() {
            throw Failure("서비스가 아직 건강하지 않습니다: \(problem)\njournalctl -u 'locker-worker@*' 을 보세요.", Ending.unreachable)
        }
        Console.say("서비스가 시작되었습니다: https://\(plan.domain)/")
        remains.append("DNS: \(plan.domain) 이 이 서버의 주소를 가리키는지 확인")
        remains.append("백업을 다른 곳에도: /etc/locker-server/backup.env 의 LOCKER_BACKUP_COMMAND")
        if let limit = try? HostFile.read("/proc/sys/net/core/somaxconn"), (Int(limit.dropLast()) ?? 0) < 4096 {
            remains.append("대기열이 짧습니다: sysctl -w net.core.somaxconn=4096 (그리고 /etc/sysctl.d/)")
        }
        Console.say("남은 일:\n" + remains.map { "  - " + $0 }.joined(separator: "\n"))
    }
}
