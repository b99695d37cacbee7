/// Instants as a person in Korea writes and reads them.
enum KoreanTime {
    /// `2026-03-02 12:00`, with seconds or without, with `T` or a space, with an offset or (meant) Korea's. Gives the
    /// same instant in the database's notation, nil for what is no instant.
    static func parse(_ text: String) -> String? {
        let pattern = /(\d{4})[-.\/](\d{1,2})[-.\/](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:?\d{2})?/
        guard let match = text.wholeMatch(of: pattern), let year = Int(match.1), let month = Int(match.2),
            let day = Int(match.3), let hour = Int(match.4), let minute = Int(match.5)
        else { return nil }
        let second = match.6.flatMap { Int($0) } ?? 0
        guard (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let clock = [hour, minute, second].map { pad($0) }.joined(separator: ":")
        return "\(year)-\(pad(month))-\(pad(day)) \(clock)\(match.7 ?? "+09:00")"
    }

    /// `2026-03-02T12:00:00.123+09:00` as `2026-03-02 12:00:00`: the offset is Korea's already (the operator role's
    /// time zone).
    static func show(_ instant: String?) -> String {
        guard let instant else { return "-" }
        return String(instant.prefix(19)).replacing("T", with: " ")
    }

    /// The same as one announces it: `2026년 3월 2일 12:00`.
    static func announced(_ instant: String?) -> String {
        let shown = show(instant)
        guard let match = shown.wholeMatch(of: /(\d{4})-0?(\d+)-0?(\d+) (\d\d:\d\d):\d\d/) else { return shown }
        return "\(match.1)년 \(match.2)월 \(match.3)일 \(match.4)"
    }

    /// An instant in UTC, as the audit's images have it, in Korea's time.
    static func fromUTC(_ instant: String) -> String {
        let pattern = /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d:\d\d).*/
        guard let match = instant.wholeMatch(of: pattern), var year = Int(match.1), var month = Int(match.2),
            var day = Int(match.3), var hour = Int(match.4)
        else { return instant }
        hour += 9
        if hour >= 24 {
            hour -= 24
            day += 1
            if day > days(in: month, of: year) { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
        }
        return "\(year)-\(pad(month))-\(pad(day)) \(pad(hour)):\(match.5)"
    }

    /// `3일 4시간`, the two largest units.
    static func duration(seconds: Int) -> String {
        let units = [
            (seconds / 86400, "일"), (seconds / 3600 % 24, "시간"), (seconds / 60 % 60, "분"), (seconds % 60, "초"),
        ]
        guard let first = units.firstIndex(where: { $0.0 > 0 }) else { return "0초" }
        return units[first..<min(first + 2, 4)].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }

    private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
