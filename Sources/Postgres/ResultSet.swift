import CPostgres

/// The rows that a statement returned, in binary format; freed with the last reference.
public final class ResultSet {
    private let result: OpaquePointer

    /// Takes ownership of a `PGresult`.
    init(owning result: OpaquePointer) { self.result = result }
    deinit { PQclear(result) }

    /// The number of rows.
    public var count: Int { Int(PQntuples(result)) }
    public var isEmpty: Bool { count == 0 }

    /// Row `index`, from 0.
    public subscript(index: Int) -> Row {
        precondition(index >= 0 && index < count, "row \(index) of \(count)")
        return Row(set: self, index: Int32(index))
    }

    /// The first row, nil when there is none.
    public var first: Row? { isEmpty ? nil : self[0] }

    /// The bytes of one value, valid only during `body`; nil for null.
    fileprivate func withValue<T>(_ row: Int32, _ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T?) -> T? {
        let column = Int32(column)
        precondition(column >= 0 && column < PQnfields(result), "column \(column) of \(PQnfields(result))")
        guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else { return nil }
        let length = Int(PQgetlength(result, row, column))
        return value.withMemoryRebound(to: UInt8.self, capacity: length) {
            body(UnsafeBufferPointer(start: $0, count: length))
        }
    }
}

/// One row. Every accessor takes a column from 0 and gives nil for null and for a value of another type's width.
public struct Row {
    private let set: ResultSet
    private let index: Int32

    fileprivate init(set: ResultSet, index: Int32) {
        self.set = set
        self.index = index
    }

    /// `smallint`, `int` or `bigint`.
    public func int(_ column: Int) -> Int? {
        set.withValue(index, column) { bytes in
            switch bytes.count {
            case 2: Int(Int16(truncatingIfNeeded: Self.bigEndian(bytes)))
            case 4: Int(Int32(truncatingIfNeeded: Self.bigEndian(bytes)))
            case 8: Int(Self.bigEndian(bytes))
            default: nil
            }
        }
    }

    /// `text`, `varchar` or an enumeration.
    public func text(_ column: Int) -> String? {
        set.withValue(index, column) { String(decoding: $0, as: UTF8.self) }
    }

    public func bool(_ column: Int) -> Bool? {
        set.withValue(index, column) { $0.count == 1 ? $0[0] != 0 : nil }
    }

    /// `timestamptz`.
    public func timestamp(_ column: Int) -> Timestamp? {
        set.withValue(index, column) {
            $0.count == 8 ? Timestamp(postgresMicroseconds: Self.bigEndian($0)) : nil
        }
    }

    /// `bytea`, or the bytes of a text.
    public func bytes(_ column: Int) -> [UInt8]? {
        set.withValue(index, column) { Array($0) }
    }

    /// `uuid`, in its usual notation.
    public func uuid(_ column: Int) -> String? {
        set.withValue(index, column) { bytes in
            guard bytes.count == 16 else { return nil }
            let digits = Array("0123456789abcdef")
            var text = ""
            for (position, byte) in bytes.enumerated() {
                if [4, 6, 8, 10].contains(position) { text.append("-") }
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            return text
        }
    }

    private static func bigEndian(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64 {
        Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}
