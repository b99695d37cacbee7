internal import ArgumentParser

/// A 학번 on the command line: ten digits.
struct StudentID: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard argument.utf8.count == 10, argument.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
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
