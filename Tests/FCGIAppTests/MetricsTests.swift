import Foundation
import Glibc
import Postgres
import Testing

@testable import FCGIApp

@Suite struct MetricsTests {
    /// A folder that ends with the test.
    private final class Folder {
        let path: String

        init() throws {
            var template = Array("/tmp/locker-metrics-XXXXXX".utf8CString)
            let made = try #require(mkdtemp(&template))
            path = String(cString: made)
        }

        deinit {
            for name in ["worker-1", "worker-1.1", "worker-2"] { unlink(path + "/" + name) }
            rmdir(path)
        }
    }

    private func answer(_ meter: Meter, status: Int = 201, code: ErrorCode? = nil, microseconds: Int = 1500) {
        meter.begin(at: 1_000_000)
        meter.end(
            route: "/lockers/{id}/hold", endpoint: .hold, status: status, code: code, microseconds: microseconds,
            connections: 1)
    }

    private func text(_ store: MetricsStore) throws -> [String] {
        MetricsText(try store.all(), lockers: [("available", 3), ("held", 2)], waiting: (1, 4096), version: "1.2.3")
            .text.split(separator: "\n").map(String.init)
    }

    private let held = #"locker_decisions_total{act="hold",outcome="held"} "#

    @Test func addsUpThreadsAndProcesses() throws {
        let folder = try Folder()
        let one = try MetricsStore(path: folder.path + "/worker-1", threads: 2, startedAt: 100)
        let two = try MetricsStore(path: folder.path + "/worker-2", threads: 3, startedAt: 200)
        try answer(one.meter(thread: 0))
        try answer(one.meter(thread: 1))
        try answer(two.meter(thread: 2))
        try two.meter(thread: 0).begin(at: 5)
        for store in [one, two] {
            let lines = try text(store)
            #expect(lines.contains(held + "3"))
            #expect(lines.contains(#"locker_requests_total{route="/lockers/{id}/hold",status="201"} 3"#))
            #expect(lines.contains("locker_threads 5"))
            #expect(lines.contains("locker_threads_busy 1"))
            #expect(lines.contains("locker_workers 2"))
            #expect(lines.contains("locker_process_start_time_seconds 200"))
            #expect(lines.contains("locker_database_connections_total 3"))
            #expect(lines.contains("locker_holds_live 2"))
            #expect(lines.contains(#"locker_build_info{version="1.2.3"} 1"#))
        }
    }

    @Test func aProcessGoesOnWhereTheOneBeforeStopped() throws {
        let folder = try Folder()
        let path = folder.path + "/worker-1"
        do {
            let before = try MetricsStore(path: path, threads: 4, startedAt: 100)
            try answer(before.meter(thread: 3))
            // Killed in the middle of this one.
            try before.meter(thread: 2).begin(at: 7)
        }
        let after = try MetricsStore(path: path, threads: 1, startedAt: 200)
        try answer(after.meter(thread: 0))
        let lines = try text(after)
        #expect(lines.contains(held + "2"))
        #expect(lines.contains("locker_threads 1"))
        #expect(lines.contains("locker_threads_busy 0"))
        #expect(lines.contains("locker_workers 1"))
        #expect(lines.contains("locker_worker_starts_total 2"))
    }

    /// A request that is to be answered alone is another thread's from then on, and counted once.
    @Test func whatIsLeftToAnotherThreadIsNotThisOnesWork() throws {
        let store = try MetricsStore(path: nil, threads: 2, startedAt: 100)
        let first = try store.meter(thread: 0)
        first.begin(at: 5)
        first.postpone()
        #expect(try text(store).contains("locker_threads_busy 0"))
        try answer(store.meter(thread: 1))
        #expect(try text(store).contains(held + "1"))
        #expect(try text(store).contains(#"locker_requests_total{route="/lockers/{id}/hold",status="201"} 1"#))
        #expect(try store.own()[MetricsLayout.begun] == 1)
    }

    @Test func theOneThatIsStillFinishingKeepsItsFile() throws {
        let folder = try Folder()
        let path = folder.path + "/worker-1"
        let old = try MetricsStore(path: path, threads: 1, startedAt: 100)
        let new = try MetricsStore(path: path, threads: 1, startedAt: 200)
        try answer(old.meter(thread: 0))
        try answer(new.meter(thread: 0))
        #expect(try old.own()[MetricsLayout.begun] == 1)
        #expect(try text(new).contains(held + "2"))
    }

    @Test func anotherProgramsCountersAreNotTaken() throws {
        let folder = try Folder()
        let path = folder.path + "/worker-1"
        let file = try #require(fopen(path, "w"))
        for _ in 0..<4096 { fputs("strange!", file) }
        fclose(file)
        let store = try MetricsStore(path: path, threads: 1, startedAt: 100)
        #expect(try store.all()[MetricsLayout.begun] == 0)
        try answer(store.meter(thread: 0))
        #expect(try text(store).contains(held + "1"))
    }

    /// Writing into a hole of a full file system ends a process by SIGBUS.
    @Test func theFileHasNoHoles() throws {
        let folder = try Folder()
        _ = try MetricsStore(path: folder.path + "/worker-1", threads: 3, startedAt: 100)
        var status = stat()
        try #require(stat(folder.path + "/worker-1", &status) == 0)
        #expect(status.st_blocks * 512 >= status.st_size)
    }

    @Test(arguments: ["alerts.yml", "dashboard.json"])
    func whatIsWatchedIsCounted(file: String) throws {
        let store = try MetricsStore(path: nil, threads: 1, startedAt: 0)
        let meter = try store.meter(thread: 0)
        answer(meter)
        let counted = try Set(
            text(store).filter { $0.hasPrefix("# TYPE ") }.compactMap {
                $0.split(separator: " ").dropFirst(2).first.map(String.init)
            })
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let watched = try String(contentsOfFile: "/\(folder)/deploy/monitoring/\(file)", encoding: .utf8)
            .matches(of: /\blocker_[a-z_]+/).map { String($0.output) }
        #expect(watched.count > 10)
        for name in watched {
            let family = name.replacing(/_(bucket|sum|count)$/, with: "")
            #expect(counted.contains(name) || counted.contains(family), "\(name) in \(file)")
        }
    }

    @Test func bucketsAreCumulative() throws {
        let store = try MetricsStore(path: nil, threads: 1, startedAt: 0)
        let meter = try store.meter(thread: 0)
        for time in [900, 1000, 1001, 30_000, 9_000_000] { answer(meter, microseconds: time) }
        let lines = try text(store)
        let name = #"locker_request_duration_seconds_bucket{route="/lockers/{id}/hold",le="#
        #expect(lines.contains(name + #""0.001"} 2"#))
        #expect(lines.contains(name + #""0.002"} 3"#))
        #expect(lines.contains(name + #""0.05"} 4"#))
        #expect(lines.contains(name + #""5"} 4"#))
        #expect(lines.contains(name + #""+Inf"} 5"#))
        #expect(lines.contains(#"locker_request_duration_seconds_sum{route="/lockers/{id}/hold"} 9.032901"#))
    }

    @Test func outcomes() throws {
        let store = try MetricsStore(path: nil, threads: 1, startedAt: 0)
        let meter = try store.meter(thread: 0)
        answer(meter, status: 200)
        answer(meter, status: 409, code: .lockerTaken)
        meter.databaseFailed(.refused(.lockNotAvailable, constraint: nil))
        meter.databaseFailed(.connectionLost)
        let lines = try text(store)
        #expect(lines.contains(#"locker_decisions_total{act="hold",outcome="replayed"} 1"#))
        #expect(lines.contains(#"locker_decisions_total{act="hold",outcome="locker_taken"} 1"#))
        #expect(lines.contains(#"locker_database_errors_total{kind="lock_timeout"} 1"#))
        #expect(lines.contains(#"locker_database_errors_total{kind="connection_lost"} 1"#))
    }

    @Test(arguments: [(0, "0"), (1, "0.000001"), (1_500_000, "1.5"), (3_000_000, "3"), (10, "0.00001")])
    func seconds(microseconds: UInt64, text: String) {
        #expect(MetricsText.seconds(microseconds) == text)
    }
}
