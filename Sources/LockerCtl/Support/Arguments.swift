internal import ArgumentParser

/// What says who somebody is. On the command line it can be read by everybody on the host (ps), and sudo writes it into its
/// log: `-` in its place is asked for, at the terminal or as a line of standard input.
enum PersonalArgument {
    static func text(_ argument: String, _ question: String) -> String? {
        argument == "-" ? Console.ask(question + ": ") : argument
    }
}

/// A 학번 on the command line: ten digits.
struct StudentID: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let text = PersonalArgument.text(argument, "학번"), Self.isValid(text) else { return nil }
        self.text = text
    }

    static func isValid(_ text: String) -> Bool {
        text.utf8.count == 10 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// A 학번 that is there already: an old server has left some that are not ten digits.
struct AnyStudentID: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let text = PersonalArgument.text(argument, "학번"), (1...20).contains(text.count),
            !text.contains(where: \.isWhitespace)
        else { return nil }
        self.text = text
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
        guard let name = PersonalArgument.text(argument, "이름") else { return nil }
        let trimmed = name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        guard (2...20).contains(trimmed.count) else { return nil }
        text = String(trimmed)
    }
}

/// A phone number, with or without hyphens.
struct PhoneNumber: ExpressibleByArgument {
    let digits: String

    init?(argument: String) {
        guard let text = PersonalArgument.text(argument, "전화번호"), let digits = Phone.digits(text) else { return nil }
        self.digits = digits
    }
}
