import ArgumentParser
import Testing

@testable import LockerCtl

@Suite struct CommandTreeTests {
    /// Every command, with the ones below it.
    private func commands(from root: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [root] + root.configuration.subcommands.flatMap { commands(from: $0) }
    }

    @Test func everyCommandSaysInKoreanWhatItDoes() {
        for command in commands(from: LockerCtl.self) {
            let abstract = command.configuration.abstract
            let isKorean = abstract.unicodeScalars.contains { (0xAC00...0xD7A3).contains($0.value) }
            #expect(isKorean, "\(command._commandName)")
        }
    }
}
