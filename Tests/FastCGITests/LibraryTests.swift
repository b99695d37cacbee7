import CFastCGI
import Glibc
import Linux
import Testing

@testable import FastCGI

/// What is relied on in libfcgi, seen in the installed library itself.
@Suite struct LibraryTests {
    private static func isOpen(_ number: Int32) -> Bool { fcntl(number, F_GETFD) >= 0 }

    /// `ipcFd` is where a request is read from and `keepConnection` whether finishing closes it: the two fields that
    /// are written from outside. Should a later libfcgi change either, this fails and not production.
    @Test func theTwoFieldsThatAreWrittenMeanWhatWeThink() throws {
        #expect(Library.initialised == 0)
        let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
        request.initialize(to: FCGX_Request())
        defer { request.deallocate() }
        #expect(FCGX_InitRequest(request, -1, 0) == 0)
        #expect(request.pointee.ipcFd == -1)

        let pair = try SocketPair()
        try pair.put(Records.request([("REQUEST_URI", "/a")]))
        let number = pair.near
        request.pointee.ipcFd = number
        request.pointee.keepConnection = 1
        #expect(FCGX_Detach(request) == 0)
        #expect(FCGX_Accept_r(request) == 0)
        #expect(request.pointee.ipcFd == number)
        #expect(FCGX_GetParam("REQUEST_URI", request.pointee.envp).map { String(cString: $0) } == "/a")

        request.pointee.keepConnection = 1
        FCGX_Finish_r(request)
        #expect(Self.isOpen(number), "kept")

        try pair.put(Records.request([("REQUEST_URI", "/b")]))
        #expect(FCGX_Accept_r(request) == 0)
        #expect(FCGX_GetParam("REQUEST_URI", request.pointee.envp).map { String(cString: $0) } == "/b")
        request.pointee.keepConnection = 0
        FCGX_Finish_r(request)
        #expect(request.pointee.ipcFd == -1, "closed")

        // Without a connection the library is to fail, not to accept.
        request.pointee.keepConnection = 1
        #expect(FCGX_Accept_r(request) == -EBADF)
    }

    @Test func signalsAreLeftToTheProgram() {
        #expect(Library.initialised == 0)
        func handler(_ number: Int32) -> Int {
            var action = sigaction()
            sigaction(number, nil, &action)
            return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        }
        #expect(handler(SIGTERM) == 0, "SIG_DFL")
        #expect(handler(SIGUSR1) == 0, "SIG_DFL")
        #expect(handler(SIGPIPE) == 1, "SIG_IGN")
    }

    /// The negative control of `ServerTests.aForgedRequestInABodyIsNotRun`: the same bytes, libfcgi's own way with a
    /// kept connection, and the forged request comes out as if the web server had sent it.
    @Test func theForgedRequestWouldBeRunOnAKeptConnection() throws {
        #expect(Library.initialised == 0)
        let request = UnsafeMutablePointer<FCGX_Request>.allocate(capacity: 1)
        request.initialize(to: FCGX_Request())
        defer { request.deallocate() }
        _ = FCGX_InitRequest(request, -1, 0)
        let pair = try SocketPair()
        try pair.put(Smuggling.request)
        request.pointee.ipcFd = pair.near
        request.pointee.keepConnection = 1
        _ = FCGX_Detach(request)
        #expect(FCGX_Accept_r(request) == 0)
        request.pointee.keepConnection = 1
        #expect(FCGX_Accept_r(request) == 0)
        #expect(FCGX_GetParam("REQUEST_URI", request.pointee.envp).map { String(cString: $0) } == Smuggling.forgedURI)
        request.pointee.keepConnection = 0
        FCGX_Finish_r(request)
    }
}

/// A request whose body holds another.
enum Smuggling {
    static let forgedURI = "/forged"

    /// libfcgi reads 8192 bytes at a time and forgets what it has read at the end of a request: the forged request
    /// stands exactly behind the first 8192.
    static let request: [UInt8] = {
        let forged =
            Records.begin() + Records.parameters([("REQUEST_URI", forgedURI), ("REMOTE_ADDR", "127.0.0.1")])
            + Records.body([])
        let head = { (length: Int) in
            Records.begin(keep: true)
                + Records.parameters([("REQUEST_URI", "/honest"), ("CONTENT_LENGTH", "\(length)")])
        }
        let filler = 8192 - head(9999).count - 8
        let body = [UInt8](repeating: 0x20, count: filler) + forged
        precondition(body.count > 999 && body.count < 10_000, "CONTENT_LENGTH must have the four digits reckoned with")
        return head(body.count) + Records.body(body)
    }()

    static let bodyBytes = 8192
}
