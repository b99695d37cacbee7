internal import JSON
internal import Lockers
internal import Zlib

/// One copy of the list, rendered and compressed: the answer for every student who has no locker, and the stuff that
/// everybody else's is made of. Immutable, shared by all threads.
///
/// The text is cut into blocks of lockers, each compressed by itself: to show one student another locker than the rest
/// sees, one block is made anew and the others are taken as they are.
struct ListSnapshot: Sendable {
    /// A list as it is sent.
    struct Body: Sendable {
        let tag: EntityTag
        let bytes: [UInt8]
    }

    /// How many lockers a block has: fewer make a change cheaper, more compress better (600 lockers: 5.5 KB with 64,
    /// 3.3 KB in one piece, 100 KB uncompressed).
    static let blockSize = 64

    struct Block: Sendable {
        let lockers: ArraySlice<Locker>
        let plain: [UInt8]
        /// Nil when nobody asked for it.
        let compressed: Deflater.Piece?
    }

    /// The number of a decision that was made well before it, and before all that is recent in it.
    let settled: Int
    private let lockers: [Locker]
    private let blocks: [Block]
    private let available: Int
    /// Who has what. Never rendered: it tells for whom the copy must be looked over.
    private let ownership: [String: [Int]]
    private let shared: (plain: Body, compressed: Body)

    /// Renders a list.
    /// - Parameters:
    ///   - copy: the lockers as a stranger sees them, and who has them
    ///   - settled: see `settled`
    ///   - previous: the copy before it, whose unchanged blocks are taken over
    init(_ copy: LockerList.Copy, settled: Int, previous: ListSnapshot?, deflater: Deflater) throws {
        self.settled = settled
        lockers = copy.entries.map(\.locker)
        available = lockers.count { $0.state == .available }
        var ownership: [String: [Int]] = [:]
        for case (let locker, let studentID?) in copy.entries { ownership[studentID, default: []].append(locker.id) }
        self.ownership = ownership
        var blocks: [Block] = []
        for start in stride(from: 0, to: lockers.count, by: Self.blockSize) {
            let part = lockers[start..<min(start + Self.blockSize, lockers.count)]
            if let previous, blocks.count < previous.blocks.count, previous.blocks[blocks.count].lockers == part {
                blocks.append(previous.blocks[blocks.count])
                continue
            }
            blocks.append(try Self.block(part, callerID: "", isFirst: start == 0, deflater))
        }
        self.blocks = blocks
        let tail = Self.tail(available: available, total: lockers.count, isEmpty: blocks.isEmpty)
        let plain = blocks.flatMap(\.plain) + tail
        let tag = try EntityTag(of: plain)
        let pieces = blocks.compactMap(\.compressed) + [try deflater.piece(tail, isLast: true)]
        shared = (
            Body(tag: tag, bytes: plain),
            Body(tag: tag.weak, bytes: Deflater.gzip(pieces))
        )
    }

    /// The numbers of the lockers that a student had when the copy was made.
    func lockers(of studentID: String) -> [Int] { ownership[studentID] ?? [] }

    /// The list for one student.
    /// - Parameter fresh: lockers as they are now in this student's eyes
    /// - Returns: nil when the copy lacks one of them: it is too old for this student.
    func body(for studentID: String, fresh: [Locker], compressed: Bool, deflater: Deflater) throws -> Body? {
        var changes: [Int: Locker] = [:]
        for locker in fresh {
            guard let index = position(of: locker.id) else { return nil }
            changes[index] = lockers[index] == locker ? nil : locker
        }
        if changes.isEmpty { return compressed ? shared.compressed : shared.plain }

        var available = available
        for (index, locker) in changes {
            available += (locker.state == .available ? 1 : 0) - (lockers[index].state == .available ? 1 : 0)
        }
        var plain: [UInt8] = []
        var pieces: [Deflater.Piece] = []
        // The copy and what is laid over it determine the text: a digest of both is as good as one of the text.
        var difference = Array(shared.plain.tag.text.utf8)
        for (number, block) in blocks.enumerated() {
            let range = number * Self.blockSize..<number * Self.blockSize + block.lockers.count
            var own = block
            if changes.keys.contains(where: range.contains) {
                let part = range.map { changes[$0] ?? lockers[$0] }
                own = try Self.block(part[...], callerID: studentID, isFirst: number == 0, compressed ? deflater : nil)
                difference += own.plain
            }
            if let piece = own.compressed, compressed { pieces.append(piece) } else { plain += own.plain }
        }
        let tail = Self.tail(available: available, total: lockers.count, isEmpty: false)
        let tag = try EntityTag(of: difference + tail)
        guard compressed else { return Body(tag: tag, bytes: plain + tail) }
        pieces.append(try deflater.piece(tail, isLast: true))
        return Body(tag: tag.weak, bytes: Deflater.gzip(pieces))
    }

    /// Where a locker stands in the list, found by halving.
    private func position(of id: Int) -> Int? {
        var range = lockers.startIndex..<lockers.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if lockers[middle].id == id { return middle }
            range = lockers[middle].id < id ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    private static func block(
        _ lockers: ArraySlice<Locker>, callerID: String, isFirst: Bool, _ deflater: Deflater?
    ) throws -> Block {
        var writer = JSONWriter(capacity: 200 * lockers.count)
        writer.array { list in
            for locker in lockers { list.locker(locker, of: callerID) }
        }
        // Between the brackets; a comma joins it to the block before.
        let inner = writer.bytes.dropFirst().dropLast()
        let plain = Array((isFirst ? "{\"lockers\":[" : ",").utf8) + inner
        let piece = try deflater.map { try $0.piece(plain, isLast: false) }
        return Block(lockers: lockers, plain: plain, compressed: piece)
    }

    private static func tail(available: Int, total: Int, isEmpty: Bool) -> [UInt8] {
        Array("\(isEmpty ? "{\"lockers\":[" : "")],\"available_count\":\(available),\"total_count\":\(total)}".utf8)
    }
}
