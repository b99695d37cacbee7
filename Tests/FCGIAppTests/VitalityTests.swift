import Testing

@testable import FCGIApp

@Suite struct VitalityTests {
    private let start = ContinuousClock.now

    private func seen(_ begun: UInt64, absence: Duration = .zero, waiting: Int? = 0) -> Vitality.Observation {
        .init(begun: begun, absence: absence, waiting: waiting)
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

    @Test func aThreadThatDoesNotComeBackIsNot() {
        var vitality = Vitality()
        #expect(isAlive(vitality.judge(seen(7, absence: .seconds(24), waiting: nil), at: start)))
        // Though the others go on.
        #expect(!isAlive(vitality.judge(seen(8, absence: .seconds(26), waiting: 0), at: start)))
    }

    @Test func onlyWhatIsFoundTwiceIsBelieved() {
        var vitality = Vitality()
        #expect(vitality.judge(seen(7, absence: .seconds(600)), at: start) == .doubtful)
        // It was the machine that slept.
        #expect(vitality.judge(seen(7, absence: .seconds(1)), at: start) == .alive)
        #expect(vitality.judge(seen(7, absence: .seconds(26)), at: start) == .doubtful)
        #expect(
            vitality.judge(seen(7, absence: .seconds(31)), at: start)
                == .stuck("a thread has not come back for 31 s"))
    }
}
