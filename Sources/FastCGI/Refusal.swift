/// Why a connection was closed without an answer.
public enum Refusal: String, Sendable, Equatable, CustomStringConvertible {
    /// The peer closed, or fell silent, before its parameters were complete.
    case ended = "the peer closed before its parameters were complete"
    case silent = "the peer fell silent before its parameters were complete"
    /// The first record is not the begin of a request in the responder role, in version 1 of the protocol.
    case notABegin = "the first record does not begin a request in the responder role"
    /// A record of another request, of another kind or of another version among the parameters.
    case strayRecord = "a record that does not belong there"
    /// A name or value that is longer than what was sent, or that holds what a C string cannot.
    case malformedParameters = "malformed parameters"
    /// More parameters than 64 KiB.
    case tooManyParameters = "more than 64 KiB of parameters"
    /// A request was complete, but the peer had closed meanwhile. It was not run.
    case abandoned = "the peer was gone before the turn of its request came"
    /// Descriptors or memory ran out.
    case shortage = "no descriptor or memory was left for it"
    /// libfcgi did not take what had been found well-formed.
    case library = "refused by libfcgi"

    public var description: String { rawValue }
}
