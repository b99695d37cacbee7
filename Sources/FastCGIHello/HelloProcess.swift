internal import FastCGI
internal import Glibc
internal import Linux

/// What `make bench` compares the worker with: the same FastCGI layer and nothing behind it. It is not installed and
/// serves no purpose in production.
///
///     FastCGIHello THREADS [PLAIN GZIP]
///
/// Answers on the listening socket that is file descriptor 0: `/hello` with one word and, given two files, `/list` with
/// the first and `/list.gz` with the second as its compressed form.
enum HelloProcess {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let threads = arguments.first.flatMap({ Int($0) }), [1, 3].contains(arguments.count) else {
            end(64, "usage: FastCGIHello THREADS [PLAIN GZIP]")
        }
        do {
            let files = arguments.dropFirst().map { File.read($0) }
            let answers = Answers(plain: files.first ?? [], compressed: files.last ?? [])
            let signals = SignalSet(.terminate, .interrupt)
            try signals.block()
            let server = try Server(
                listener: try Listener.inherited(), configuration: Server.Configuration(threads: threads))
            server.start { _ in answers }
            _ = try signals.wait()
            server.stop()
            exit(server.waitUntilStopped(atMost: .seconds(4)) ? 0 : 1)
        } catch {
            end(78, "FastCGIHello: \(error)")
        }
    }
}

/// Says why on standard error and ends the process.
private func end(_ code: Int32, _ reason: String) -> Never {
    let line = Array("\(reason)\n".utf8)
    _ = write(2, line, line.count)
    exit(code)
}

/// The three answers, made once.
private struct Answers: Handler {
    private let hello = Response(
        status: 200, headers: [Header("Content-Type", "text/plain")], body: Array("hello\n".utf8))
    private let plain: Response
    private let compressed: Response

    init(plain: [UInt8], compressed: [UInt8]) {
        let type = Header("Content-Type", "application/json; charset=utf-8")
        self.plain = Response(status: 200, headers: [type], body: plain)
        self.compressed = Response(status: 200, headers: [type, Header("Content-Encoding", "gzip")], body: compressed)
    }

    mutating func respond(to request: Request) -> Response {
        switch request[parameter: "REQUEST_URI"] {
        case "/list": plain
        case "/list.gz": compressed
        default: hello
        }
    }
}

private enum File {
    /// A file whole; ends the process when it cannot be read.
    static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            end(66, "FastCGIHello: cannot read \(path)")
        }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return content }
            content += chunk[..<count]
        }
    }
}
