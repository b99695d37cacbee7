/// What `doctor` found about one thing.
struct Finding: Equatable {
    enum Grade: String {
        case good, problem
        /// It could not be looked at.
        case skipped
    }
    let grade: Grade
    let subject: String
    let text: String

    var line: String {
        let mark =
            switch grade {
            case .good: "[좋음]    "
            case .problem: "[문제]    "
            case .skipped: "[건너뜀]  "
            }
        return "\(mark)\(subject): \(text)"
    }

    static func good(_ subject: String, _ text: String) -> Finding {
        Finding(grade: .good, subject: subject, text: text)
    }
    static func problem(_ subject: String, _ text: String) -> Finding {
        Finding(grade: .problem, subject: subject, text: text)
    }
    static func skipped(_ subject: String, _ text: String) -> Finding {
        Finding(grade: .skipped, subject: subject, text: text)
    }
}
