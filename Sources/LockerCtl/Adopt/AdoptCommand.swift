internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Operations
internal import Postgres

struct AdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "옛 Go 서버의 데이터를 넘겨받습니다.",
        discussion: """
            옛 데이터베이스의 주소나 pg_dump 파일을 받습니다. 먼저 --dry-run으로 무엇이 어떻게 옮겨지는지 보세요. 빈 데이터베이스에만 \
            됩니다. 한 학번에 계정이 여럿이면 사물함을 가진 것을 남기고, 둘 이상이 사물함을 가졌으면 멈추고 묻습니다. 로그인은 옮기지 않습니다. \
            주소에 암호가 있으면 환경 변수 DB_ADOPT_URL에 넣고 env라고 쓰세요.
            """)

    @Argument(help: "주소(postgresql://…), pg_dump 파일, 또는 env") var source: String
    @Option(help: "한 학번의 여러 계정 가운데 남길 계정의 serial_id (여러 번 쓸 수 있음)") var keep: [Int] = []
    @Option(help: "두고 갈 학번, 사물함이 없는 학생만 (여러 번 쓸 수 있음)") var skip: [String] = []
    @Option(help: "비우고 옮길 사물함 번호 (여러 번 쓸 수 있음)") var free: [Int] = []
    @OptionGroup var change: ChangeOptions

    func run() throws {
        var plan: AdoptionPlan?
        try command {
            try Faults.translated {
                let found = AdoptionPlan(
                    try read(), keep: Set(keep.map(Int64.init)), skip: Set(skip), free: Set(free.map(Int64.init)))
                for remark in found.remarks { Console.note("· " + AdoptionText.of(remark)) }
                if !found.questions.isEmpty {
                    let questions = found.questions.map { "? " + AdoptionText.of($0) }.joined(separator: "\n")
                    throw Failure("먼저 정해야 할 것이 있습니다. 아무것도 옮기지 않았습니다.\n" + questions)
                }
                plan = found
            }
        }
        guard let plan else { return }
        let name = FileManager.default.fileExists(atPath: source) ? InputFile.name(source) : "데이터베이스"
        try change.perform(.adopt(plan, source: name)) { report in
            let result = report.result
            return
                "옛 서버에서: 위치 \(result["locations"].shown), 사물함 \(result["lockers"].shown), 학생 \(result["users"].shown), "
                + "배정 \(result["assignments"].shown) (확정 \(result["confirmed"].shown))."
        }
    }

    private func read() throws -> OldServer {
        if source == "env" { return try OldServer.read(try Connection.url("DB_ADOPT_URL")) }
        guard FileManager.default.fileExists(atPath: source) else {
            guard let address = ConnectionString(source), source.contains(":") || source.contains("=") else {
                throw Failure("‘\(source)’은 파일도 데이터베이스 주소도 아닙니다.")
            }
            return try OldServer.read(address.text)
        }
        // A dump becomes a database for as long as it is read.
        let maintenance = Maintenance(server: try Connection.string("DB_SUPERUSER_URL"))
        try Interruption.clears(maintenance.cleanup)
        let name = Dump.scratchName
        defer { try? maintenance.drop(name) }
        // Whoever may not enter our database may not enter this copy either.
        let (_, ours) = try Connection.named("DB_OPERATOR_URL")
        let server = try maintenance.create(name, like: ours)
        let isCustom = FileHandle(forReadingAtPath: source)?.readData(ofLength: 5) == Data("PGDMP".utf8)
        if isCustom {
            try PostgresProgram.run(
                "pg_restore",
                ["--no-owner", "--no-privileges", "--exit-on-error", "--clean", "--if-exists", source],
                at: server)
        } else {
            try PlainDump.restore(source, at: server)
        }
        return try OldServer.read(server.text)
    }
}
