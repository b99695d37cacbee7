/// What is kept of the device that a session began on, shortened so that it tells a student "a phone, from this
/// network" and does not follow anybody around.
public struct Client: Equatable, Sendable {
    /// At most 120 characters of the User-Agent, printable ones only.
    public let userAgent: String?
    /// The network of the address: /24 of IPv4, /48 of IPv6.
    public let network: String?

    public init(userAgent: String?, address: String?) {
        self.userAgent = userAgent.map {
            String($0.unicodeScalars.filter { $0.value >= 0x20 && $0.value < 0x7F }.prefix(120).map(Character.init))
        }
        self.network = address.flatMap(Self.network)
    }

    private static func network(of address: String) -> String? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) {
            return parts[..<3].joined(separator: ".") + ".0/24"
        }
        let halves = address.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count >= 3, halves.allSatisfy({ $0.isEmpty || UInt16($0, radix: 16) != nil }) else { return nil }
        // Only the first three groups matter; all that "::" stands for is zeros.
        let groups = halves.prefix { !$0.isEmpty }.prefix(3)
        return groups.joined(separator: ":") + "::/48"
    }
}
