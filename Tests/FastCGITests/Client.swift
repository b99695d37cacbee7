import Glibc
import Linux

/// What a web server sees of one request.
struct Answer: Equatable {
    var output: [UInt8] = []
    /// The protocol status of FCGI_END_REQUEST; nil when the connection ended without one.
    var endStatus: UInt8?

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The code in front of the reason phrase.
    var status: Int? { headers["status"].flatMap { Int($0.prefix { $0 != " " }) } }

    var headers: [String: String] {
        var result: [String: String] = [:]
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            guard !line.isEmpty, let colon = line.firstIndex(of: ":") else { break }
            result[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return result
    }

    /// What follows the first blank line.
    var body: [UInt8] {
        let blank: [UInt8] = [13, 10, 13, 10]
        guard output.count >= 4 else { return [] }
        for start in 0...(output.count - 4) where output[start..<(start + 4)].elementsEqual(blank) {
            return Array(output[(start + 4)...])
        }
        return []
    }

    /// Takes the records apart; anything that is not one ends it.
    init(records: [UInt8]) {
        var rest = records[...]
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            let length = Int(header[4]) << 8 | Int(header[5])
            let content = rest.dropFirst(8).prefix(length)
            rest = rest.dropFirst(8 + length + Int(header[6]))
            switch header[1] {
            case 6: output += content
            case 3: endStatus = content.dropFirst(4).first
            default: continue
            }
        }
    }
}

/// A web server's side of one connection, blocking, with a bound on every read and write.
final class Client: Sendable {
    let socket: Descriptor

    init(path: String, timeout: Duration = .seconds(20)) throws {
        socket = try Socket.connect(path: path)
        try Socket.setTimeouts(socket.number, receive: timeout, send: timeout)
    }

    /// Sends all of it; false when the peer has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    func endSending() { Socket.shutDown(socket.number, .sending) }

    /// Reads until the peer closes. Throws when it does not within the timeout.
    func receiveAll() throws -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            do throws(SystemError) {
                let count = try Socket.receive(socket.number, into: &buffer)
                if count == 0 { return result }
                result += buffer[..<count]
            } catch {
                // The peer closed with something of ours unread; what it sent has been received before that.
                if error.code == ECONNRESET { return result }
                throw error
            }
        }
    }

    func answer() throws -> Answer { Answer(records: try receiveAll()) }

    /// Reads up to the end of one request (FCGI_END_REQUEST) and whatever came together with it; leaves the connection
    /// open.
    func oneAnswer() throws -> (answer: Answer, bytesBehind: Int) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try Socket.receive(socket.number, into: &buffer)
            if count == 0 { return (Answer(records: bytes), 0) }
            bytes += buffer[..<count]
            var position = 0
            while bytes.count - position >= 8 {
                let length = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
                let next = position + 8 + length + Int(bytes[position + 6])
                guard next <= bytes.count else { break }
                if bytes[position + 1] == 3 { return (Answer(records: bytes), bytes.count - next) }
                position = next
            }
        }
    }
}

func roundTrip(_ path: String, _ request: [UInt8]) throws -> Answer {
    let client = try Client(path: path)
    client.send(request)
    return try client.answer()
}

/// Both ends of a connection without a listener.
struct SocketPair: ~Copyable {
    /// The end that is served.
    let near: Int32
    /// The end of the one who asks; closed with the pair.
    let far: Descriptor

    init() throws {
        var numbers: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &numbers) == 0 else {
            throw SystemError(call: "socketpair", code: errno)
        }
        near = numbers[0]
        far = Descriptor(owning: numbers[1])
    }

    /// Sends from the far end.
    func put(_ bytes: [UInt8]) throws {
        guard write(far.number, bytes, bytes.count) == bytes.count else {
            throw SystemError(call: "write", code: errno)
        }
    }
}
