internal import Linux

/// The counters of this process: a file in which the process of the same slot goes on after it, so that a sum over all
/// files never goes back because of a restart or a crash.
final class MetricsStore: Sendable {
    private let pages: SharedPages
    /// The folder with the files of all workers, and what their names begin with; nil for counters that are only ours.
    private let shared: (folder: String, prefix: String)?

    /// - Parameters:
    ///   - path: `/run/locker-server/metrics/worker-1`; nil keeps the counters in this process's memory
    ///   - threads: how many request threads there are
    ///   - startedAt: seconds since 1970
    init(path: String?, threads: Int, startedAt: Int64) throws(SystemError) {
        if let path, let slash = path.lastIndex(of: "/") {
            let name = path[path.index(after: slash)...]
            shared = (String(path[..<slash]), String(name.prefix { !$0.isNumber }))
            pages = try Self.firstFree(path)
        } else {
            shared = nil
            pages = try SharedPages.anonymous()
        }
        try prepare(threads: threads, startedAt: startedAt)
    }

    /// The file of this slot. The one before may still be finishing its last requests: then one beside it.
    private static func firstFree(_ path: String) throws(SystemError) -> SharedPages {
        for candidate in [path] + (1...9).map({ "\(path).\($0)" }) {
            if let pages = try SharedPages.open(path: candidate) { return pages }
        }
        return try SharedPages.anonymous()
    }

    private func prepare(threads: Int, startedAt: Int64) throws(SystemError) {
        let found = try pages.read()
        let isOurs = found.first == MetricsLayout.fingerprint
        if !isOurs { try pages.resize(to: 0) }
        let needed = MetricsLayout.pageBytes + threads * MetricsLayout.blockBytes
        if try pages.size() < needed { try pages.resize(to: needed) }
        // Who was killed in the middle of a request left a thread that looks busy for ever.
        for block in 0..<((try pages.size() - MetricsLayout.pageBytes) / MetricsLayout.blockBytes) {
            try pages.write([0], at: MetricsLayout.pageBytes + block * MetricsLayout.blockBytes)
        }
        let starts = isOurs ? found[MetricsLayout.Head.starts] : 0
        try pages.write(
            [MetricsLayout.fingerprint, UInt64(startedAt), UInt64(threads), starts + 1], at: 0)
    }

    /// The counters of one thread, to be made inside it.
    func meter(thread: Int) throws(SystemError) -> Meter {
        Meter(
            try pages.map(
                offset: MetricsLayout.pageBytes + thread * MetricsLayout.blockBytes, bytes: MetricsLayout.blockBytes))
    }

    /// What this process has counted.
    func own() throws(SystemError) -> MetricsSum {
        var sum = MetricsSum()
        sum.add(try pages.read(), isLive: true)
        return sum
    }

    /// What all workers of this host have counted, those that are no more included.
    func all() throws(SystemError) -> MetricsSum {
        guard let shared else { return try own() }
        var sum = MetricsSum()
        for name in FileReading.names(in: shared.folder, prefix: shared.prefix) {
            // One that was removed in this moment is not there to be counted.
            guard let file = try? FileReading.words(path: shared.folder + "/" + name) else { continue }
            sum.add(file.words, isLive: file.isLive)
        }
        return sum
    }
}

/// Counters added up over threads and processes.
struct MetricsSum {
    private(set) var words = [UInt64](repeating: 0, count: MetricsLayout.blockBytes / 8)
    private(set) var threads = 0
    private(set) var busyThreads = 0
    private(set) var processes = 0
    private(set) var starts: UInt64 = 0
    /// When the youngest live process started, seconds since 1970.
    private(set) var startedAt: UInt64 = 0

    /// Adds one file; one with another layout is left out.
    mutating func add(_ file: [UInt64], isLive: Bool) {
        guard file.count > MetricsLayout.Head.count, file[MetricsLayout.Head.layout] == MetricsLayout.fingerprint else {
            return
        }
        starts += file[MetricsLayout.Head.starts]
        if isLive {
            processes += 1
            threads += Int(file[MetricsLayout.Head.threads])
            startedAt = max(startedAt, file[MetricsLayout.Head.startedAt])
        }
        var start = MetricsLayout.pageBytes / 8
        let length = MetricsLayout.blockBytes / 8
        while start + length <= file.count {
            if isLive, file[start + MetricsLayout.busySince] > 0 { busyThreads += 1 }
            for index in 1..<length { words[index] += file[start + index] }
            start += length
        }
    }

    subscript(index: Int) -> UInt64 { words[index] }
}
