internal import ArgumentParser
internal import JSON
internal import Operations

struct SemesterUndo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "학기 마감을 되돌립니다.",
        discussion: "보관 기간 안에, 새 배정이 없을 때 됩니다. 로그인은 되살아나지 않으므로 학생은 다시 로그인합니다.")

    @Argument(help: "학기 이름") var name: String
    @OptionGroup var change: ChangeOptions

    func run() throws {
        var audit: Int64?
        try command {
            audit = try Connection.operations().read(.semester(name)).rows.first?["audit_id"]?.integer
            if audit == nil { throw Failure("‘\(name)’ 학기가 없습니다.") }
        }
        try change.perform(.undo(Int(audit ?? 0))) {
            "학기 ‘\(name)’의 마감 되돌림 (변경 \($0.result["changes"].shown)건)."
        }
    }
}
