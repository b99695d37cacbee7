internal import ArgumentParser

/// A 학번 on the command line: ten digits.
struct StudentID: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard argument.utf8.count == 10, argument.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        text = argument
    }
}

/// A 학번 that is there already: an old server has left some that are not ten digits.
struct AnyStudentID: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard (1...20).contains(argument.count), !argument.contains(where: \.isWhitespace) else { return nil }
        text = argument
    }
}

/// A locker's number on the command line.
struct LockerNumber: ExpressibleByArgument {
    let number: Int

    init?(argument: String) {
        guard let number = Int32(argument), number > 0 else { return nil }
        self.number = Int(number)
    }
}

/// An instant on the command line, in Korean time.
struct Instant: ExpressibleByArgument {
    /// In the database's notation.
    let text: String

    init?(argument: String) {
        guard let text = KoreanTime.parse(argument) else { return nil }
        self.text = text
    }

    static let help = "한국 시간, 예: \"2026-03-02 12:00\""
}

/// A student's name: 2 to 20 characters, as the API takes it.
struct PersonName: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        let trimmed = argument.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        guard (2...20).contains(trimmed.count) else { return nil }
        text = String(trimmed)
    }
}

/// A phone number, with or without hyphens.
struct PhoneNumber: ExpressibleByArgument {
    let digits: String

    init?(argument: String) {
        guard let digits = Phone.digits(argument) else { return nil }
        self.digits = digits
    }
}
