import Testing

@testable import FCGIApp

@Suite struct WorkerNameTests {
    @Test(arguments: [
        (1, "locker1", "locker-worker 1@locker1"),
        (4_194_304, "ip-10-0-0-1.ap-northeast-2.compute.internal", "locker-worker 4194304@ip-10-0-0-1"),
        (1, String(repeating: "a", count: 64), "locker-worker 1@" + String(repeating: "a", count: 40)),
        (1, "사물함", "locker-worker 1@?????????"), (1, "", "locker-worker 1@"),
    ])
    func fitsTheDatabase(processID: Int32, host: String, name: String) {
        #expect(WorkerName.of(processID: processID, host: host) == name)
        // What PostgreSQL would cut off, pg_stat_activity would not show. The greatest number that Linux gives is 2²².
        #expect(WorkerName.of(processID: 1 << 22, host: host).utf8.count < 64)
    }
}
