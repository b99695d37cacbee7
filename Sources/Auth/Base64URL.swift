/// Base64url without padding (RFC 4648 §5, RFC 7515 §2), one spelling per value: no padding, no foreign characters, no
/// stray bits in the last character. A laxer reader would accept several spellings of one signed token.
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The six bits of each character of the alphabet, 0xFF for any other byte.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 0x3F)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text, nil unless it is exactly what `encode` would write.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        // Every access token passes here: nearly all of them are in one piece of memory.
        if let decoded = text.withContiguousStorageIfAvailable({ decode($0) }) { return decoded }
        return Array(text).withUnsafeBufferPointer { decode($0) }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        if text.count % 4 == 1 { return nil }
        var isValid = true
        let bytes = values.withUnsafeBufferPointer { values in
            [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { bytes, count in
                var buffer: UInt32 = 0
                var bits: UInt32 = 0
                for character in text {
                    let value = values[Int(character)]
                    if value == 0xFF { isValid = false }
                    buffer = buffer << 6 | UInt32(value & 0x3F)
                    bits += 6
                    if bits >= 8 {
                        bits -= 8
                        bytes[count] = UInt8(truncatingIfNeeded: buffer >> bits)
                        count += 1
                    }
                }
                let leftover = buffer & (1 << bits - 1)
                if leftover != 0 { isValid = false }
            }
        }
        return isValid ? bytes : nil
    }
}
