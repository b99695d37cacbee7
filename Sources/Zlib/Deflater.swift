import CZlib

/// Compresses pieces of bytes so that, one after the other, they are one gzip file (RFC 1952). Each piece is compressed
/// by itself and refers to nothing outside of it, so a piece that has not changed need not be compressed again. Keeps
/// zlib's memory (about 260 KB) from one piece to the next; used by one thread at a time.
public final class Deflater {
    /// One compressed piece.
    public struct Piece: Sendable, Equatable {
        /// Whole bytes of a raw deflate stream (RFC 1951).
        public let bytes: [UInt8]
        /// What it was compressed from: its length and CRC-32.
        let plainCount: Int
        let checksum: UInt
    }

    /// zlib had no memory, or was built otherwise than its header says.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public let code: Int32
        public var description: String { "zlib failed (\(code))" }
    }

    // zlib keeps a pointer to the structure, so it has an address of its own.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter level: from 1, the fastest, to 9.
    public init(level: Int32 = 6) throws(Failure) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // A negative window is a raw stream: the header and the checksum of gzip are ours.
        let code = deflateInit2_(
            stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else {
            stream.deallocate()
            throw Failure(code: code)
        }
        self.stream = stream
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses one piece.
    /// - Parameter isLast: whether the stream ends with it.
    public func piece(_ plain: some Collection<UInt8>, isLast: Bool) throws(Failure) -> Piece {
        let plain = Array(plain)
        guard deflateReset(stream) == Z_OK else { throw Failure(code: Z_STREAM_ERROR) }
        // Enough for what cannot be compressed at all, and the empty block that brings it to a whole byte.
        let room = Int(deflateBound(stream, UInt(plain.count))) + 16
        var code = Z_OK
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { output, count in
            plain.withUnsafeBufferPointer { input in
                // zlib reads through this pointer and never writes.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                code = deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
                count = output.count - Int(stream.pointee.avail_out)
            }
        }
        guard code == (isLast ? Z_STREAM_END : Z_OK), stream.pointee.avail_in == 0 else { throw Failure(code: code) }
        let checksum = plain.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        return Piece(bytes: bytes, plainCount: plain.count, checksum: checksum)
    }

    /// The gzip file of some pieces, of which the last was made as such.
    public static func gzip(_ pieces: [Piece]) -> [UInt8] {
        // No name, no time, unknown system.
        var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        file.reserveCapacity(pieces.reduce(18) { $0 + $1.bytes.count })
        var checksum: UInt = 0
        var count = 0
        for piece in pieces {
            file += piece.bytes
            checksum = crc32_combine(checksum, piece.checksum, piece.plainCount)
            count += piece.plainCount
        }
        for value in [checksum, UInt(count)] {
            for shift in stride(from: UInt(0), to: 32, by: 8) { file.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        return file
    }
}
