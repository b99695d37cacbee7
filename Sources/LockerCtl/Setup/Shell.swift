internal import Foundation

/// Runs programs of the system. Nothing secret is ever an argument: every process list shows those.
enum Shell {
    struct Result {
        let status: Int32
        let output: String
    }

    /// Runs a program to its end.
    /// - Parameters:
    ///   - input: what it reads from standard input
    ///   - environment: added to this program's own
    ///   - directory: where it stands
    static func run(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        directory: String = "/"
    ) throws(Failure) -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        // PostgreSQL's programs and sqitch complain of a folder they may not enter.
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stdout
        do { try process.run() } catch { throw Failure("\(program)을(를) 실행할 수 없습니다. (\(error.localizedDescription))") }
        // A few lines at most: they fit into the pipe before anybody reads them.
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try? stdin.fileHandleForWriting.close()
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }

    /// The same; a failure ends the command with what the program said.
    @discardableResult
    static func must(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws(Failure) -> String {
        let result = try run(program, arguments, input: input, environment: environment)
        guard result.status == 0 else {
            throw Failure(
                "\(([program] + arguments).joined(separator: " ")) 실패 (\(result.status)):\n"
                    + result.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    static func isInstalled(_ program: String) -> Bool {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
            FileManager.default.isExecutableFile(atPath: $0 + "/" + program)
        }
    }
}
