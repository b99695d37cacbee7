/// One request as the web server handed it over: its parameters (the CGI variables, RFC 3875 §4.1) and its body.
/// A value of its own: nothing of the library's memory is in it.
public struct Request: Sendable {
    private let parameters: Parameters

    /// What stood in the body, or why there is none to speak of.
    public var body: Body

    /// The body of a request.
    public enum Body: Sendable, Equatable {
        /// Exactly the bytes that `CONTENT_LENGTH` announced; empty when it announced none.
        case complete([UInt8])
        /// More bytes than `Server.Configuration.maximumBodyBytes`; none of them are kept.
        case tooLarge
        /// Other than `CONTENT_LENGTH` bytes, a `CONTENT_LENGTH` that is no number, or a peer that ended, broke off or
        /// fell silent in the middle of it.
        case incomplete
    }

    /// A request made up of parts, for tests of what stands above.
    public init(parameters: [String: String], body: Body) {
        self.init(parameters: Parameters(parameters), body: body)
    }

    init(parameters: Parameters, body: Body) {
        self.parameters = parameters
        self.body = body
    }

    /// The parameter of this name, `REQUEST_URI` or `HTTP_AUTHORIZATION` for instance; nil when it is absent or is not
    /// UTF-8. Of several with one name the first counts, as with `FCGX_GetParam`.
    public subscript(parameter name: String) -> String? { parameters[name] }
}
