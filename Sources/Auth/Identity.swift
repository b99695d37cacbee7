/// Who somebody says to be: 학번, name and phone number, each trimmed and of the right form.
public struct Identity: Equatable, Sendable {
    /// 학번, exactly 10 digits.
    public let studentID: String
    /// 2 to 20 characters as a person counts them.
    public let name: String
    /// 10 to 15 digits.
    public let phoneNumber: String

    /// A field that does not have the right form.
    public enum Fault: Error, Equatable, Sendable {
        case studentID, name, phoneNumber
    }

    /// - Throws: the first field that is not of the right form.
    public init(studentID: String, name: String, phoneNumber: String) throws(Fault) {
        self.studentID = studentID.trimmed
        self.name = name.trimmed
        self.phoneNumber = phoneNumber.trimmed
        guard Self.isStudentID(self.studentID) else { throw .studentID }
        guard (2...20).contains(self.name.count), self.name.isPrintable else { throw .name }
        guard self.phoneNumber.isDigits(count: 10...15) else { throw .phoneNumber }
    }

    /// Whether a text has the form of a 학번.
    static func isStudentID(_ text: String) -> Bool { text.isDigits(count: 10...10) }
}

extension String {
    /// Without white space (Unicode's White_Space) at both ends.
    fileprivate var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// Whether it is so many of the digits 0 to 9 and nothing else; digits of other scripts are not meant.
    fileprivate func isDigits(count: ClosedRange<Int>) -> Bool {
        count.contains(utf8.count) && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Whether a list or a log could show it on one line, and the column can hold it: no control, format, separator,
    /// private or unassigned character, and no heap of combining marks.
    fileprivate var isPrintable: Bool {
        unicodeScalars.count <= 60
            && unicodeScalars.allSatisfy {
                switch $0.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
                default: true
                }
            }
    }
}
