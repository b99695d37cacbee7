import Linux
import Synchronization

/// A request that has arrived, and the connection on which its answer is awaited. It may go from one thread to another;
/// who has it last answers it, once.
final class Arrival: Sendable {
    let request: Request
    /// Whether its connection has waited for something to arrive before.
    let isKnown: Bool
    private let number: Int
    private let asksToKeep: Bool
    private let isExact: Bool
    private let sendTimeout: Duration
    /// Closed with this object, unless `answer` gave it back.
    private let connection: Mutex<Descriptor?>

    /// What a peer may still send after its answer before the connection is closed on it.
    private static let maximumDrainBytes = 1024 * 1024
    private static let drainTime = Duration.seconds(2)

    /// - Parameters:
    ///   - number: the request's id on its connection
    ///   - asksToKeep: whether the web server wants to send another request on this connection (FCGI_KEEP_CONN)
    ///   - isExact: whether nothing has arrived on the connection but this request
    init(
        _ request: Request, number: Int, on connection: consuming Descriptor, isKnown: Bool, asksToKeep: Bool,
        isExact: Bool, sendTimeout: Duration
    ) {
        self.request = request
        self.isKnown = isKnown
        self.number = number
        self.asksToKeep = asksToKeep
        self.isExact = isExact
        self.sendTimeout = sendTimeout
        self.connection = Mutex(connection)
    }

    /// Sends the answer and ends the request towards the peer. A client that went away is not an error: nobody is left
    /// to tell.
    /// - Parameter mayKeep: whether the connection may serve another request
    /// - Returns: the connection, ready for the next request; nil when it was closed.
    func answer(_ response: Response, mayKeep: Bool) -> Descriptor? {
        guard let connection = connection.withLock({ $0.take() }) else { return nil }
        guard case .complete = request.body else {
            _ = send(response, on: connection.number, keeps: false)
            // Never read, for a forged record may stand in it: taken out of the socket and thrown away.
            drain(connection.number)
            return nil
        }
        let keeps = asksToKeep && isExact && mayKeep
        return send(response, on: connection.number, keeps: keeps) && keeps ? consume connection : nil
    }

    /// - Returns: whether all of it was sent.
    private func send(_ response: Response, on connection: Int32, keeps: Bool) -> Bool {
        let isLast = asksToKeep && !keeps
        let records = ResponseRecords(response, requestID: number, isLast: isLast)
        do throws(SystemError) {
            if isLast { try Socket.send(connection, records.bytes, to: records.end) }
            try Socket.send(connection, records.bytes, from: isLast ? records.end : 0)
            return true
        } catch {
            Socket.shutDown(connection, .both)
            return false
        }
    }

    /// After an early answer: lets the peer send the rest, so that it comes to read its answer instead of failing in a
    /// write; bounded in bytes and in time.
    private func drain(_ connection: Int32) {
        Socket.shutDown(connection, .sending)
        let deadline = ContinuousClock.now + Arrival.drainTime
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        var drained = 0
        while drained < Arrival.maximumDrainBytes {
            let remaining = ContinuousClock.now.duration(to: deadline)
            guard remaining > .zero else { return }
            do throws(SystemError) {
                try Socket.setTimeouts(connection, receive: remaining, send: sendTimeout)
                let count = try Socket.receive(connection, into: &buffer)
                if count == 0 { return }
                drained += count
            } catch {
                return
            }
        }
    }
}
