internal import JSON
internal import Judge

/// The report of a rehearsal: a page for people, and an object for machines.
struct RehearsalReport {
    let verdict: Verdict
    let circumstances: Verdict.Circumstances
    let seed: UInt64
    let seconds: Double
    let target: String

    var text: String {
        let (cohort, plan) = (circumstances.cohort, circumstances.plan)
        var lines = [
            "사물함 예행연습 보고서",
            "",
            "대상      \(target)",
            "규모      학생 \(cohort.students)명 (기기 2대씩), 사물함 \(cohort.lockers)개, 동시 접속 \(plan.concurrency), 인기 사물함 쏠림 \(plan.hotPercent)%",
            "진행      \(plan.seconds.map { "\($0)초 동안 되풀이" } ?? "모든 학생이 한 번씩")\(circumstances.underFault ? ", 장애 속에서" : ""), 요청 \(verdict.requests)건, 초당 \(verdict.requestsPerSecond)건",
            "",
            "결정      \(verdict.figures.decisions)건, 초당 \(verdict.decisionsPerSecond)건 (선점 성공 \(verdict.figures.winners), 실패 \(verdict.figures.losers), 확정 \(verdict.figures.confirmed))",
            "결과      사물함을 얻은 학생 \(verdict.studentsServed)명, 남은 사물함 \(circumstances.freeLockers)개",
            "대기      nginx 도착부터 결정까지 최대 \(Milliseconds.text(verdict.figures.longestWait))",
            "결정 기록 verify와 같은 검증: 결정 \(verdict.figures.decisions)건을 처음부터 따라감, 반례 \(verdict.ledger.counterexamples.count)건",
            "",
        ]
        var latencies = Table(headings: ["응답 시간 (ms)", "건수", "p50", "p95", "p99", "최대"])
        latencies.numbers = [1, 2, 3, 4, 5]
        for (kind, latency) in verdict.latencies {
            latencies.rows.append(
                [kind.rawValue, String(latency.count)]
                    + [latency.p50, latency.p95, latency.p99, latency.max].map(Self.milliseconds))
        }
        var statuses = Table(headings: ["응답", "건수"])
        statuses.numbers = [1]
        statuses.rows = verdict.statuses.map { [$0.name, String($0.count)] }
        lines += [latencies.text, "", statuses.text, ""]
        if verdict.unanswered > 0 { lines.append("결과를 알 수 없는 요청 \(verdict.unanswered)건 (결정 기록과 대조했습니다)") }
        for found in verdict.counterexamples.prefix(20) { lines += RuleText.lines(found) }
        if verdict.counterexamples.count > 20 { lines.append("… 외 \(verdict.counterexamples.count - 20)건") }
        lines += verdict.failures.map { "! \($0)" }
        lines.append(
            verdict.passes
                ? "판정: 합격. 사물함 하나에 한 명, 한 명에 하나였고, ‘성공’ 응답은 모두 데이터베이스에 있습니다."
                : "판정: 불합격. 위의 까닭을 보세요. (같은 순서로 다시: --seed \(seed))")
        return lines.joined(separator: "\n")
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        "\(microseconds / 1000).\(microseconds / 100 % 10)"
    }

    var json: String {
        let bytes = JSONWriter.object { json in
            json.member("passes", verdict.passes)
            json.member("failures", array: { list in for failure in verdict.failures { list.string(failure) } })
            json.member("target", target)
            json.member("seed", String(seed))
            json.member("students", circumstances.cohort.students)
            json.member("lockers", circumstances.cohort.lockers)
            json.member("concurrency", circumstances.plan.concurrency)
            json.member("requests", verdict.requests)
            json.member("requests_per_second", verdict.requestsPerSecond)
            json.member("decisions", verdict.figures.decisions)
            json.member("decisions_per_second", verdict.decisionsPerSecond)
            json.member("winners", verdict.figures.winners)
            json.member("losers", verdict.figures.losers)
            json.member("confirmed", verdict.figures.confirmed)
            json.member("lockers_won", verdict.lockersWon)
            json.member("students_served", verdict.studentsServed)
            json.member("free_lockers", circumstances.freeLockers)
            json.member("unanswered", verdict.unanswered)
            json.member("longest_wait_microseconds", Int(verdict.figures.longestWait))
            json.member(
                "latency_microseconds",
                object: { object in
                    for (kind, latency) in verdict.latencies {
                        object.key(kind.name)
                        object.object {
                            $0.member("count", latency.count)
                            $0.member("p50", Int(latency.p50))
                            $0.member("p95", Int(latency.p95))
                            $0.member("p99", Int(latency.p99))
                            $0.member("max", Int(latency.max))
                        }
                    }
                })
            json.member(
                "answers",
                array: { list in
                    for (name, count) in verdict.statuses {
                        list.object {
                            $0.member("answer", name)
                            $0.member("count", count)
                        }
                    }
                })
            json.member("verify", object: { $0.figures(of: verdict.ledger) })
            json.member("counterexample_count", verdict.counterexamples.count)
            let broken = Dictionary(grouping: verdict.counterexamples, by: \.rule).sorted {
                $0.key.rawValue < $1.key.rawValue
            }
            json.member("broken_rules", array: { list in for (rule, _) in broken { list.string(rule.rawValue) } })
            json.key("counterexamples")
            json.counterexamples(verdict.counterexamples, atMost: 200)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Attempt.Kind {
    /// As a member of an object.
    fileprivate var name: StaticString {
        switch self {
        case .signIn: "sign_in"
        case .hold: "hold"
        case .confirm: "confirm"
        case .release: "release"
        case .releaseHold: "release_hold"
        case .list: "list"
        case .own: "own"
        }
    }
}
