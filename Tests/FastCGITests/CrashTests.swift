import CFastCGI
import Glibc
import Linux
import Testing

@testable import FastCGI

/// What needs a process of its own: because it ends it, or because it takes something from the whole of it.
@Suite struct CrashTests {
    /// Hands bytes to libfcgi without looking at them first.
    private static func handOver(_ bytes: [UInt8]) {
        guard Library.initialised == 0, let pair = try? SocketPair(), (try? pair.put(bytes)) != nil else { exit(0) }
        Socket.shutDown(pair.far.number, .sending)
        _ = LibraryRequest().begin(Descriptor(owning: pair.near))
        // Only a process that survived comes here.
        exit(0)
    }

    /// The negative controls of `ServerTests.badRecordsDoNotKillTheProcess`: they show what the scan is for. Should one
    /// of them fail with a later libfcgi, the library has become stronger and the test can go.
    @Test func libfcgiAbortsOnOverflowingLengths() async {
        await #expect(processExitsWith: .failure) {
            CrashTests.handOver(Records.begin() + Records.overflowingLengths + Records.record(4))
        }
    }

    @Test func libfcgiAbortsOnManyValuesAskedFor() async {
        // The record after it keeps libfcgi from meeting the end of the connection before it answers.
        await #expect(processExitsWith: .failure) {
            CrashTests.handOver(Records.overrunningGetValues + Records.begin())
        }
    }

    /// Out of descriptors: no spinning, no loss; as soon as there are some the connection that waited is answered.
    @Test func aShortageOfDescriptorsIsSatOut() async {
        // Left by returning, so that what was made is put away, and only then by exit.
        await #expect(processExitsWith: .exitCode(0)) { exit(try CrashTests.sitOutAShortage()) }
    }

    /// - Returns: 0, or which of the expectations failed.
    private static func sitOutAShortage() throws -> Int32 {
        let (entered, gate) = (try EventFD(), try EventFD())
        let rig = try Rig(threads: 1) { _ in
            entered.raise()
            _ = gate.wait(atMost: .seconds(10))
            return Response(status: 200)
        }
        // The only thread is busy with the first while the second connects and the descriptors run out.
        let first = try Client(path: rig.path)
        first.send(Records.request())
        guard entered.wait(atMost: .seconds(10)) else { return 5 }
        let client = try Client(path: rig.path)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let before = limit.rlim_cur
        limit.rlim_cur = 3
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        client.send(Records.request())
        gate.raise()
        guard try first.answer().status == 200 else { return 6 }
        guard eventually({ rig.seen.events.count >= 3 }) else { return 1 }
        let (countBefore, start) = (rig.seen.events.count, ContinuousClock.now)
        usleep(500_000)
        let perSecond = Double(rig.seen.events.count - countBefore) / ((ContinuousClock.now - start) / .seconds(1))
        guard perSecond < 20 else { return 2 }
        guard rig.seen.events.allSatisfy({ $0 == .acceptFailed(SystemError(call: "accept4", code: EMFILE)) }) else {
            return 3
        }
        limit.rlim_cur = before
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard try client.answer().status == 200 else { return 4 }
        return 0
    }
}
