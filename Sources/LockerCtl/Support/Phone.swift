/// Phone numbers as people write them.
enum Phone {
    /// `01012345678` as `010-1234-5678`; another length stays as it is.
    static func shown(_ digits: String) -> String {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.hasPrefix("0") else { return digits }
        let characters = Array(digits)
        switch characters.count {
        case 11: return "\(String(characters[0..<3]))-\(String(characters[3..<7]))-\(String(characters[7...]))"
        case 10: return "\(String(characters[0..<3]))-\(String(characters[3..<6]))-\(String(characters[6...]))"
        default: return digits
        }
    }

    /// The digits of a number with or without hyphens, dots, spaces and Korea's +82; nil when it is no phone number.
    static func digits(_ text: String) -> String? {
        var digits = text.filter { !"-. ()".contains($0) }
        if digits.hasPrefix("+82") { digits = "0" + digits.dropFirst(3).drop { $0 == "0" } }
        guard (10...15).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return digits
    }
}
