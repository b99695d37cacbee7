import Testing

@testable import FCGIApp

@Suite struct VitalityTests {
    private let start = ContinuousClock.now

    private func seen(_ begun: UInt64, oldest: Duration? = nil, waiting: Int? = 0) -> Vitality.Observation {
        .init(begun: begun, oldest: oldest, waiting: waiting)
    }

    private func isAlive(_ verdict: Vitality.Verdict) -> Bool { verdict == .alive }

    @Test func idleIsAlive() {
        var vitality = Vitality()
        for second in 0..<600 {
            #expect(isAlive(vitality.judge(seen(7), at: start + .seconds(second))))
        }
    }

    @Test func aFullBacklogThatMovesIsAlive() {
        var vitality = Vitality()
        for second in 0..<600 {
            #expect(isAlive(vitality.judge(seen(UInt64(second), waiting: 4096), at: start + .seconds(second))))
        }
    }

    @Test func connectionsThatNobodyTakesAreNot() {
        var vitality = Vitality()
        #expect(isAlive(vitality.judge(seen(7, waiting: 1), at: start)))
        #expect(isAlive(vitality.judge(seen(7, waiting: 1), at: start + .seconds(1))))
        #expect(isAlive(vitality.judge(seen(7, waiting: 3), at: start + .seconds(15))))
        #expect(!isAlive(vitality.judge(seen(7, waiting: 3), at: start + .seconds(17))))
        // Taken after all.
        #expect(isAlive(vitality.judge(seen(8, waiting: 3), at: start + .seconds(18))))
        #expect(isAlive(vitality.judge(seen(8, waiting: 3), at: start + .seconds(30))))
    }

    @Test func aPauseWithAnEmptyBacklogBeginsAnew() {
        var vitality = Vitality()
        _ = vitality.judge(seen(7), at: start)
        #expect(isAlive(vitality.judge(seen(7, waiting: 1), at: start + .seconds(1))))
        #expect(isAlive(vitality.judge(seen(7, waiting: 0), at: start + .seconds(10))))
        #expect(isAlive(vitality.judge(seen(7, waiting: 1), at: start + .seconds(20))))
    }

    @Test func aRequestWithoutEndIsNot() {
        var vitality = Vitality()
        #expect(isAlive(vitality.judge(seen(7, oldest: .seconds(24), waiting: nil), at: start)))
        #expect(!isAlive(vitality.judge(seen(8, oldest: .seconds(26), waiting: nil), at: start)))
    }
}
