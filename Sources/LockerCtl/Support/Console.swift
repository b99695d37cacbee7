internal import Foundation

/// The terminal: what is said, what goes wrong, what is asked.
enum Console {
    /// The result, to standard output.
    static func say(_ text: String) { write(text + "\n", to: .standardOutput) }
    /// Bytes of the result, as they are.
    static func put(_ bytes: [UInt8]) { FileHandle.standardOutput.write(Data(bytes)) }
    /// A remark or a fault, to standard error: it never gets into a file that the result is sent to.
    static func note(_ text: String) { write(text + "\n", to: .standardError) }

    /// Whether a person sits at both ends.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Asks, and gives the line that was typed; nil at the end of input.
    static func ask(_ question: String) -> String? {
        write(question, to: .standardError)
        return readLine(strippingNewline: true)?.trimmingCharacters(in: .whitespaces)
    }

    private static func write(_ text: String, to handle: FileHandle) { handle.write(Data(text.utf8)) }
}
