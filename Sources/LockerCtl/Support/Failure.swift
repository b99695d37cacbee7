internal import ArgumentParser
internal import Operations
internal import Postgres

/// How a command ends. The numbers are documented in the man page and in docs/operations.ko.md.
enum Ending {
    /// A rule stands against it, or a file is wrong; nothing was changed.
    static let refused = ExitCode(1)
    /// The database is out of reach or too busy; nothing was changed.
    static let unreachable = ExitCode(2)
    /// It was not confirmed; nothing was changed.
    static let notConfirmed = ExitCode(3)
    /// `doctor`, `verify` or `rehearse` found something.
    static let findings = ExitCode(4)
    /// The database answered what this program does not understand: another version of the schema, most likely.
    static let unexpected = ExitCode(5)
}

/// A fault that is told to the person and ends the command.
struct Failure: Error {
    let message: String
    let ending: ExitCode

    init(_ message: String, _ ending: ExitCode = Ending.refused) {
        self.message = message
        self.ending = ending
    }

    init(_ error: OperationError) {
        switch error {
        case .refused(let refusal): self.init(RefusalText.of(refusal))
        case .differs(let agreed, let found):
            self.init(
                "확인하신 것은 \(agreed)건인데 그 사이에 \(found)건이 되었습니다. 아무것도 바꾸지 않았습니다. 다시 실행해 주세요.",
                Ending.notConfirmed)
        case .database(.refused(let state, _)) where state == "42501":
            self.init("이 데이터베이스 계정에는 권한이 없습니다. DB_OPERATOR_URL이 운영자 계정(locker_operator)인지 확인해 주세요.", Ending.unexpected)
        case .database(.refused(let state, _)) where state == "42P01" || state == "42883" || state == "3F000":
            self.init("데이터베이스의 구조가 이 명령과 맞지 않습니다. 서버와 lockerctl의 버전을 확인해 주세요.", Ending.unexpected)
        case .database(.refused(let state, _)) where state == .lockNotAvailable:
            self.init("서버가 매우 바빠서 차례를 얻지 못했습니다. 아무것도 바꾸지 않았습니다. 잠시 후 다시 시도해 주세요.", Ending.unreachable)
        case .database(.connectionLost), .database(.deadlineExceeded):
            // It may have happened during the COMMIT itself.
            self.init("데이터베이스의 답을 받지 못했습니다. 바뀌었는지 알 수 없으니 lockerctl audit list로 확인해 주세요.", Ending.unreachable)
        case .database(let error) where error.isTransient:
            self.init("데이터베이스에 연결할 수 없습니다. (\(error))", Ending.unreachable)
        case .database(let error): self.init("데이터베이스가 요청을 받아들이지 않았습니다. (\(error))", Ending.unexpected)
        case .unexpected(let what): self.init("데이터베이스의 답을 이해할 수 없습니다. (\(what))", Ending.unexpected)
        }
    }
}

/// Runs a command's work and turns its faults into a sentence and an exit code.
func command(_ work: () throws -> Void) throws {
    do {
        try work()
    } catch let failure as Failure {
        Console.note("lockerctl: \(failure.message)")
        throw failure.ending
    } catch let error as OperationError {
        let failure = Failure(error)
        Console.note("lockerctl: \(failure.message)")
        throw failure.ending
    }
}
