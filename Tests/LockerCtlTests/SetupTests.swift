import Testing

@testable import LockerCtl

@Suite struct SetupTests {
    @Test func oneHostStaysAsItWasWritten() throws {
        let database = try RemoteDatabase(url: "postgresql://master@db.example:5433/postgres?sslmode=require")
        #expect(database.url(role: "locker_app") == "postgresql://locker_app@db.example:5433/locker?sslmode=require")
        #expect(
            database.adminURL(database: nil) == "postgresql://master@db.example:5433/postgres?sslmode=require")
    }

    /// sqitch reads `db1:5432,db2:5433` as the host db1 with the port `5432,db2:5433`.
    @Test(arguments: [
        ("db1:5432,db2:5433", "host=db1,db2&port=5432,5433"), ("db1,db2", "host=db1,db2&port=5432,5432"),
        ("[2001:db8::1]:5433,db2", "host=2001:db8::1,db2&port=5433,5432"),
    ])
    func severalHostsAreLists(hosts: String, lists: String) throws {
        let database = try RemoteDatabase(url: "postgresql://master@\(hosts)/postgres?target_session_attrs=read-write")
        #expect(
            database.url(role: "locker_owner")
                == "postgresql:///locker?\(lists)&user=locker_owner&target_session_attrs=read-write")
    }

    @Test(arguments: ["postgresql://master:secret@db/postgres", "postgresql://master@db/?password=x", "db.example", ""])
    func refusesAddresses(url: String) { #expect(throws: Failure.self) { try RemoteDatabase(url: url) } }

    @Test func answersComeBack() {
        var answers = SetupAnswers()
        answers[.database] = "postgresql://master@db/postgres?sslmode=verify-full&sslrootcert=/etc/a=b.pem"
        answers[.trusted] = ""
        answers[.behindProxy] = "10.0.0.0/16"
        let again = SetupAnswers(text: answers.text)
        for name in SetupAnswers.Name.allCases { #expect(again[name] == answers[name]) }
        #expect(again[.trusted] == "")
        #expect(again[.origins] == nil)
    }

    @Test(arguments: [
        ("150014", "pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", true),
        ("160004", "pg_dump (PostgreSQL) 15.14", false),
        ("140001", "pg_dump (PostgreSQL) 17.2", true), ("170002", "pg_dump (PostgreSQL) 17beta1", true),
        ("150014", "", false),
    ])
    func comparesVersions(server: String, client: String, fits: Bool) {
        #expect((DumpVersion.remark(server: server, client: client) == nil) == fits)
    }

    @Test(arguments: [("#LOCKER_THREADS=8\n", 8), ("LOCKER_THREADS=4\nLOCKER_THREADS=16\n", 16), ("", 8)])
    func readsThreads(settings: String, threads: Int) { #expect(HostFigures.threads(settings) == threads) }
}
