internal import ArgumentParser
internal import Operations

struct LockerList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "사물함과 그 상태를 봅니다.")

    @Option(help: "이 위치 번호만") var location: Int?
    @Option(help: "이 상태만: available(비어 있음), held(선점 중), confirmed(확정), disabled(사용 중지)") var state: String?
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if let state, !["available", "held", "confirmed", "disabled"].contains(state) {
            throw ValidationError("--state는 available, held, confirmed, disabled 가운데 하나입니다.")
        }
    }

    func run() throws {
        try report.show(.lockers(location: location, state: state), empty: "해당하는 사물함이 없습니다.", Self.columns)
    }

    static var columns: [Column] {
        [
            .number("번호", "locker_id"), .text("위치", "location"), .state("상태", "state"), .text("학번", "student_id"),
            .text("이름", "name"),
        ]
    }
}
