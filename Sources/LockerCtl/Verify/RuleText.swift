internal import JSON
internal import Judge

/// What each rule says to a person, and counterexamples in both of their forms.
enum RuleText {
    /// What was found, when the rule is broken.
    static func finding(_ rule: Rule) -> String {
        switch rule {
        case .lockerGivenTwice: "한 사물함이 같은 때에 두 번 배정되어 있었습니다"
        case .studentHasTwo: "한 학생이 같은 때에 두 사물함을 가지고 있었습니다"
        case .wonWhileActive: "다른 배정이 살아 있는데 선점이 성공했습니다"
        case .confirmedWithoutHold: "살아 있는 자기 선점이 없는데 확정되었습니다"
        case .endedWithoutBeginning: "가지고 있지 않은 것이 반납되거나 만료되었습니다"
        case .expiredEarly: "선점이 정해진 때보다 먼저 만료되었습니다"
        case .unguardedChange: "잠금 없이 배정이 바뀌었습니다"
        case .stateDisagrees: "배정 표의 상태가 결정 기록과 다릅니다"
        case .ownerDisagrees: "사물함의 주인이 확정된 배정과 다릅니다"
        case .assignmentMissing: "결정 기록에 있는 배정이 표에 없습니다"
        case .decisionMissing: "표에 있는 배정이 결정 기록에 없습니다"
        case .clockContradictsSequence: "결정의 번호와 시각의 순서가 어긋납니다"
        case .lossWithoutWinner: "먼저 가져간 사람이 없는데 늦었다고 처리되었습니다"
        case .assignedWhileActive: "누군가의 사물함을, 또는 사물함이 있는 학생에게 운영자가 배정했습니다"
        case .givenOutOfService: "사용할 수 없는 사물함이 배정되었습니다"
        case .actNotInLedger: "운영자가 바꾼 것이 결정 기록에 없습니다"
        case .actDisagrees: "운영자의 작업 뒤에 결정 기록, 주인, 배정이 서로 달랐습니다"
        case .yesNotInLedger: "학생이 받은 응답이 결정 기록에 없습니다"
        case .answerContradictsLedger: "학생이 받은 응답과 결정 기록이 다릅니다"
        case .winWithoutRequest: "아무도 보내지 않은 요청의 결정이 결정 기록에 있습니다"
        case .wonBeforeOpening: "신청이 열리기 전에 선점이 성공했습니다"
        case .lockerNotLinearizable: "한 사물함에 대한 응답들을 설명할 수 있는 순서가 없습니다"
        case .studentNotLinearizable: "한 학생이 받은 응답들을 설명할 수 있는 순서가 없습니다"
        case .undecided: "가능한 순서가 너무 많아 판정하지 못했습니다"
        }
    }

    /// A counterexample in a few lines.
    static func lines(_ found: Counterexample) -> [String] {
        var about: [String] = []
        if let lockerID = found.lockerID { about.append("사물함 \(lockerID)") }
        if let studentID = found.studentID { about.append("학생 \(studentID)") }
        if !found.decisions.isEmpty { about.append("결정 " + found.decisions.map(String.init).joined(separator: ", ")) }
        if !found.assignments.isEmpty {
            about.append("배정 " + found.assignments.map(String.init).joined(separator: ", "))
        }
        return ["✗ \(finding(found.rule)): \(about.joined(separator: " · "))"]
            + found.evidence.prefix(6).map { "    \($0)" }
    }
}

extension JSONWriter {
    /// What a judgement says, but for the counterexamples themselves.
    mutating func figures(of judgement: LedgerJudge.Judgement) {
        let figures = judgement.figures
        member("holds", judgement.counterexamples.isEmpty)
        member("decisions", figures.decisions)
        member("winners", figures.winners)
        member("losers", figures.losers)
        member("confirmed", figures.confirmed)
        member("longest_wait_microseconds", Int(figures.longestWait))
        member("removed_outside_the_ledger", figures.removed)
        member("owners_by_hand", figures.ownersByHand)
        member("counterexample_count", judgement.counterexamples.count)
    }

    mutating func counterexamples(_ found: [Counterexample], atMost limit: Int) {
        array { list in
            for example in found.prefix(limit) {
                list.object {
                    $0.member("rule", example.rule.rawValue)
                    $0.number("locker_id", example.lockerID)
                    $0.member("student_id", example.studentID)
                    $0.number("at_microseconds", example.at.map(Int.init))
                    $0.member("decisions", array: { ids in for id in example.decisions { ids.integer(id) } })
                    $0.member("assignments", array: { ids in for id in example.assignments { ids.integer(id) } })
                    $0.member(
                        "evidence", array: { texts in for text in example.evidence.prefix(20) { texts.string(text) } })
                }
            }
        }
    }

    /// A number, or `null`.
    mutating func number(_ name: StaticString, _ value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }
}
