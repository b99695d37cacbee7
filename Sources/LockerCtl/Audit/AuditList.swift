internal import ArgumentParser
internal import JSON
internal import Operations

struct AuditList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "변경 기록을 최근 것부터 봅니다.")

    @Option(help: "몇 건까지") var limit = 30
    @OptionGroup var report: ReportOptions

    func run() throws {
        try report.show(
            .audit(newest: limit), empty: "변경 기록이 없습니다.",
            [
                .number("기록", "audit_id"), .instant("언제", "at"), .text("누가", "os_user"), .text("명령", "command"),
                Column(heading: "대상") { AuditText.arguments($0["arguments"]) }, .number("바뀐 행", "changes"),
                .text("이유", "reason"), Column(heading: "비고") { AuditText.remark($0) },
            ])
    }
}

/// An act in words.
enum AuditText {
    static func arguments(_ value: JSONValue?) -> String {
        (value?.object ?? [:]).sorted { $0.key < $1.key }.filter { $0.value != .null }.map(\.value.shown)
            .joined(separator: " ")
    }

    static func remark(_ row: [String: JSONValue]) -> String {
        if let by = row["undone_by"]?.integer { return "\(by)번에서 되돌림" }
        if let of = row["undo_of"]?.integer { return "\(of)번을 되돌림" }
        return row["not_undoable"]?.string == nil ? "" : "되돌릴 수 없음"
    }
}
