import Glibc
import Linux
import Testing

@testable import FastCGI

@Suite struct ListenerTests {
    @Test func whatIsNoSocketIsSaidSo() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(throws: Listener.Failure.notASocket(descriptor: ends[0])) {
            try Listener.inherited(descriptor: ends[0])
        }
        #expect(throws: Listener.Failure.notASocket(descriptor: 9999)) { try Listener.inherited(descriptor: 9999) }
    }

    @Test func aSocketThatDoesNotListenIsSaidSo() throws {
        let socket = Descriptor(owning: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
        let number = socket.number
        #expect(throws: Listener.Failure.notListening(descriptor: number)) {
            try Listener.inherited(descriptor: number)
        }
    }

    @Test func aListeningSocketIsTakenOver() throws {
        let folder = try TemporaryFolder()
        let made = try Listener.unixSocket(path: folder.path + "/socket")
        defer { close(made.descriptor) }
        let inherited = try Listener.inherited(descriptor: made.descriptor)
        #expect(inherited.descriptor == made.descriptor)
        #expect(fcntl(made.descriptor, F_GETFL) & O_NONBLOCK != 0)
    }

    @Test(arguments: [0o600, 0o660, 0o666] as [UInt32])
    func theFileHasTheModeAskedFor(_ mode: UInt32) throws {
        let folder = try TemporaryFolder()
        let listener = try Listener.unixSocket(path: folder.path + "/socket", mode: mode)
        defer { close(listener.descriptor) }
        var status = stat()
        #expect(stat(folder.path + "/socket", &status) == 0)
        #expect(status.st_mode & 0o777 == mode)
    }

    @Test func aPathInUseIsNotTakenAwayAndAStaleOneIs() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/socket"
        let first = try Listener.unixSocket(path: path)
        #expect(throws: Listener.Failure.pathInUse) { try Listener.unixSocket(path: path) }
        close(first.descriptor)
        let second = try Listener.unixSocket(path: path)
        close(second.descriptor)
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/file"
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: Listener.Failure.system(SystemError(call: "bind", code: EADDRINUSE))) {
            try Listener.unixSocket(path: path)
        }
        #expect(access(path, F_OK) == 0)
    }

    @Test func aPathThatIsTooLongIsSaidSo() {
        #expect(throws: Listener.Failure.pathTooLong) {
            try Listener.unixSocket(path: "/tmp/" + String(repeating: "x", count: 200))
        }
    }
}
