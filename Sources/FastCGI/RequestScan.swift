import Glibc

/// Looks over the bytes of one request, from FCGI_BEGIN_REQUEST to the empty FCGI_STDIN, without taking them out of the
/// socket (FastCGI specification §3.3, §3.4, §5). Pure: bytes in, verdict out.
///
/// It is stricter than the specification where libfcgi 2.4.2 is weaker than it:
/// - a management record (request id 0) is refused: FCGI_GET_VALUES overruns a buffer in `ProcessManagementRecord`;
/// - a name or value longer than what was sent is refused: the sum of two lengths overflows in `ReadParams`;
/// - padding after an FCGI_BEGIN_REQUEST or an empty record is refused: `SetReaderType` forgets it, and it would then
///   be read as the next record;
/// - a NUL in a parameter and an equals sign in a name are refused: they do not survive `NAME=value` as a C string.
struct RequestScan {
    /// How far a request may be trusted.
    enum Verdict: Equatable {
        /// It cannot be answered: close the connection.
        case refused(Refusal)
        /// So far it is well-formed; more must come. `parametersComplete`: what is missing belongs to the body.
        case more(parametersComplete: Bool)
        /// The parameters are complete and well-formed.
        case ready(BodyVerdict)
    }

    enum BodyVerdict: Equatable {
        /// All of it has arrived and has the announced length.
        case complete(bytes: Int)
        case tooLarge
        case incomplete
    }

    static let maximumParameterBytes = 64 * 1024

    let maximumBodyBytes: Int
    private var parameters: [UInt8] = []
    /// How many bytes the request has that was found `complete` last.
    private(set) var requestBytes = 0
    /// Whether the web server wants the request scanned last to be served before those that wait.
    private(set) var goesFirst = false

    /// The parameter by which it says so, with any value; a client cannot set it, since his headers are all `HTTP_…`.
    private static let goesFirstName = "REQUEST_GOES_FIRST"

    init(maximumBodyBytes: Int) { self.maximumBodyBytes = maximumBodyBytes }

    /// A buffer of this size holds every request that can be `complete`, with room for 1500 record headers.
    var bufferBytes: Int { RequestScan.maximumParameterBytes + maximumBodyBytes + 16 * 1024 }

    /// Looks at what has arrived so far, always from the first byte on.
    mutating func scan(_ bytes: ArraySlice<UInt8>) -> Verdict {
        var reader = RecordReader(bytes)
        guard let begin = reader.nextHeader() else { return .more(parametersComplete: false) }
        guard begin.version == 1, begin.type == RecordHeader.beginRequest, begin.requestID != 0,
            begin.contentLength == 8, begin.paddingLength == 0
        else { return .refused(.notABegin) }
        guard let body = reader.content(of: begin) else { return .more(parametersComplete: false) }
        // The role, of which only the responder is served.
        guard body.prefix(2).elementsEqual([0, 1]) else { return .refused(.notABegin) }

        parameters.removeAll(keepingCapacity: true)
        while true {
            guard let header = reader.nextHeader() else { return .more(parametersComplete: false) }
            guard header.version == 1, header.type == RecordHeader.parameters, header.requestID == begin.requestID
            else { return .refused(.strayRecord) }
            if header.contentLength == 0 {
                guard header.paddingLength == 0 else { return .refused(.strayRecord) }
                break
            }
            guard parameters.count + header.contentLength <= RequestScan.maximumParameterBytes else {
                return .refused(.tooManyParameters)
            }
            guard let content = reader.content(of: header) else { return .more(parametersComplete: false) }
            parameters.append(contentsOf: content)
        }
        switch announcedBodyBytes() {
        case .malformed: return .refused(.malformedParameters)
        case .notANumber: return .ready(.incomplete)
        case .bytes(let announced):
            return scanBody(reader, of: bytes.count, requestID: begin.requestID, announced: announced)
        }
    }

    private mutating func scanBody(
        _ reader: RecordReader, of total: Int, requestID: Int, announced: Int
    ) -> Verdict {
        if announced > maximumBodyBytes { return .ready(.tooLarge) }
        var reader = reader
        var received = 0
        while let header = reader.nextHeader() {
            guard header.version == 1, header.type == RecordHeader.standardInput, header.requestID == requestID,
                header.contentLength > 0 || header.paddingLength == 0
            else { return .ready(.incomplete) }
            if header.contentLength == 0 {
                requestBytes = total - reader.remaining
                return .ready(received == announced ? .complete(bytes: received) : .incomplete)
            }
            received += header.contentLength
            if received > maximumBodyBytes { return .ready(.tooLarge) }
            if reader.content(of: header) == nil { break }
        }
        return .more(parametersComplete: true)
    }

    private enum Announced {
        case bytes(Int)
        case notANumber
        case malformed
    }

    /// Walks the name-value pairs (§3.4) and gives what CONTENT_LENGTH says; absent or empty is none (RFC 3875,
    /// §4.1.2).
    private mutating func announcedBodyBytes() -> Announced {
        var announced: Announced?
        var position = 0
        goesFirst = false
        while position < parameters.count {
            guard let nameLength = length(at: &position), let valueLength = length(at: &position),
                nameLength <= parameters.count - position, valueLength <= parameters.count - position - nameLength
            else { return .malformed }
            let name = parameters[position..<(position + nameLength)]
            let value = parameters[(position + nameLength)..<(position + nameLength + valueLength)]
            let pair = position..<(position + nameLength + valueLength)
            position = pair.upperBound
            if parameters.has(0, in: pair) || parameters.has(UInt8(ascii: "="), in: name.indices) { return .malformed }
            if name.isText(RequestScan.goesFirstName) { goesFirst = true }
            if announced == nil, name.isText("CONTENT_LENGTH") { announced = RequestScan.number(value) }
        }
        return announced ?? .bytes(0)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Announced {
        guard digits.count <= 18 else { return .notANumber }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return .notANumber }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return .bytes(value)
    }

    /// A length of one byte, or of four when the first bit is set.
    private func length(at position: inout Int) -> Int? {
        guard position < parameters.count else { return nil }
        let first = parameters[position]
        guard first & 0x80 != 0 else {
            position += 1
            return Int(first)
        }
        guard parameters.count - position >= 4 else { return nil }
        let rest = parameters[(position + 1)..<(position + 4)]
        position += 4
        return rest.reduce(Int(first & 0x7F)) { $0 << 8 | Int($1) }
    }
}

/// The eight bytes before every record (§3.3).
struct RecordHeader {
    static let beginRequest: UInt8 = 1
    static let parameters: UInt8 = 4
    static let standardInput: UInt8 = 5

    let version: UInt8
    let type: UInt8
    let requestID: Int
    let contentLength: Int
    let paddingLength: Int
}

/// Takes records off the front of some bytes; nil wherever they end too early.
private struct RecordReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// How many bytes have not been read yet.
    var remaining: Int { rest.count }

    mutating func nextHeader() -> RecordHeader? {
        guard rest.count >= 8 else { return nil }
        let at = rest.startIndex
        defer { rest = rest.dropFirst(8) }
        return RecordHeader(
            version: rest[at], type: rest[at + 1],
            requestID: Int(rest[at + 2]) << 8 | Int(rest[at + 3]),
            contentLength: Int(rest[at + 4]) << 8 | Int(rest[at + 5]),
            paddingLength: Int(rest[at + 6]))
    }

    /// The content of the record whose header was read last; its padding is passed over.
    mutating func content(of header: RecordHeader) -> ArraySlice<UInt8>? {
        guard rest.count >= header.contentLength + header.paddingLength else { return nil }
        defer { rest = rest.dropFirst(header.contentLength + header.paddingLength) }
        return rest.prefix(header.contentLength)
    }
}

extension [UInt8] {
    /// Whether a byte occurs in a part of it: every byte of every request is looked at here.
    fileprivate func has(_ byte: UInt8, in part: Range<Int>) -> Bool {
        withUnsafeBytes { bytes in
            // Not dereferenced when the part is empty.
            guard let start = bytes.baseAddress, !part.isEmpty else { return false }
            return memchr(start + part.lowerBound, Int32(byte), part.count) != nil
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func isText(_ text: String) -> Bool { count == text.utf8.count && elementsEqual(text.utf8) }
}
