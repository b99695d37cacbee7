internal import Glibc

/// From a file's bytes to text.
enum Encoding {
    static func text(_ bytes: [UInt8]) throws(CSV.SyntaxError) -> String {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let body = bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes
        if let text = String(validating: body, as: UTF8.self) { return text }
        // What says that it is UTF-8 is nothing else: as CP949 its broken characters would be read as other ones.
        if bytes.starts(with: mark) { throw failure(in: bytes, at: 0) }
        return try cp949(body)
    }

    private static func failure(in bytes: [UInt8], at offset: Int) -> CSV.SyntaxError {
        CSV.SyntaxError(reason: .encoding, line: 1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") })
    }

    /// CP949, what Excel in Korea writes for "CSV", by glibc's iconv(3).
    private static func cp949(_ bytes: [UInt8]) throws(CSV.SyntaxError) -> String {
        guard let converter = iconv_open("UTF-8", "CP949"), Int(bitPattern: converter) != -1 else {
            throw failure(in: bytes, at: 0)
        }
        defer { iconv_close(converter) }
        var input = bytes.map { CChar(bitPattern: $0) }
        // Two bytes of CP949 become three of UTF-8 at most.
        var output = [CChar](repeating: 0, count: bytes.count * 2 + 16)
        var (inputLeft, outputLeft) = (input.count, output.count)
        let result = input.withUnsafeMutableBufferPointer { from in
            output.withUnsafeMutableBufferPointer { to in
                var (read, write) = (from.baseAddress, to.baseAddress)
                return iconv(converter, &read, &inputLeft, &write, &outputLeft)
            }
        }
        // (size_t)-1 is iconv's failure.
        if result == -1 || inputLeft > 0 { throw failure(in: bytes, at: input.count - inputLeft) }
        return String(decoding: output.prefix(output.count - outputLeft).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
