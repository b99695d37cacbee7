import CLinux
import Glibc

/// A file that is mapped into memory for writing and outlives the process: counters that go on where a killed process
/// left them. What one thread maps is that thread's to write; everybody else reads the file (`FileReading`).
public final class SharedPages: Sendable {
    private let descriptor: Descriptor

    /// Opens or makes a file and locks it for this process.
    /// - Returns: nil when another process has it.
    public static func open(path: String) throws(SystemError) -> SharedPages? {
        let descriptor = Descriptor(
            owning: try check("open") { Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640) })
        do {
            try FileLock.take(descriptor.number)
        } catch {
            if error.isWouldBlock { return nil }
            throw error
        }
        return SharedPages(descriptor)
    }

    /// A file without a name that ends with this process.
    public static func anonymous() throws(SystemError) -> SharedPages {
        // MFD_CLOEXEC, which Swift does not import.
        SharedPages(Descriptor(owning: try check("memfd_create") { memfd_create("metrics", 1) }))
    }

    private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// The size in bytes.
    public func size() throws(SystemError) -> Int {
        var status = stat()
        try check("fstat") { fstat(descriptor.number, &status) }
        return Int(status.st_size)
    }

    /// Makes it this long; what is new is zero, and is there: a hole that a full file system cannot fill would be SIGBUS at
    /// the first write to it.
    public func resize(to bytes: Int) throws(SystemError) {
        if try bytes < size() { try check("ftruncate") { ftruncate(descriptor.number, bytes) } }
        guard bytes > 0 else { return }
        // Returns what others leave in errno.
        let code = posix_fallocate(descriptor.number, 0, bytes)
        guard code == 0 else { throw SystemError(call: "posix_fallocate", code: code) }
    }

    /// Reads what is there now.
    public func read() throws(SystemError) -> [UInt64] {
        try FileReading.words(of: descriptor.number, count: size() / 8)
    }

    /// Writes words at an offset.
    public func write(_ words: [UInt64], at offset: Int) throws(SystemError) {
        try check("pwrite") {
            words.withUnsafeBytes { pwrite(descriptor.number, $0.baseAddress, $0.count, offset) }
        }
    }

    /// Maps a part of it, which begins at a page.
    public func map(offset: Int, bytes: Int) throws(SystemError) -> MappedWords {
        let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.number, offset)
        // MAP_FAILED is -1 cast to a pointer, which Swift does not import.
        guard let address, Int(bitPattern: address) != -1 else { throw SystemError(call: "mmap", code: errno) }
        return MappedWords(address: address, bytes: bytes)
    }
}

/// A mapped part of a file, written by the one thread that mapped it.
public final class MappedWords {
    private let address: UnsafeMutableRawPointer
    private let bytes: Int

    fileprivate init(address: UnsafeMutableRawPointer, bytes: Int) {
        self.address = address
        self.bytes = bytes
    }

    deinit { munmap(address, bytes) }

    /// The word at an index. An aligned word is written whole on every machine Swift runs on, so a reader of the file
    /// sees the old value or the new one.
    public subscript(index: Int) -> UInt64 {
        get {
            precondition(index >= 0 && index * 8 < bytes)
            return address.load(fromByteOffset: index * 8, as: UInt64.self)
        }
        set {
            precondition(index >= 0 && index * 8 < bytes)
            address.storeBytes(of: newValue, toByteOffset: index * 8, as: UInt64.self)
        }
    }
}

/// Reads the files of other processes.
public enum FileReading {
    /// A file of words, and whether a process has it open and locked.
    public struct Words: Sendable {
        public let words: [UInt64]
        public let isLive: Bool
    }

    /// Reads a file that `SharedPages.open` made.
    public static func words(path: String) throws(SystemError) -> Words {
        let descriptor = Descriptor(owning: try check("open") { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) })
        var status = stat()
        try check("fstat") { fstat(descriptor.number, &status) }
        let words = try words(of: descriptor.number, count: Int(status.st_size) / 8)
        return Words(words: words, isLive: FileLock.isTaken(descriptor.number))
    }

    /// The names in a folder that begin with a prefix, in order; none when there is no such folder.
    public static func names(in folder: String, prefix: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(prefix) { names.append(name) }
        }
        return names.sorted()
    }

    static func words(of descriptor: Int32, count: Int) throws(SystemError) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count)
        let read = try check("pread") {
            words.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        }
        words.removeLast(words.count - read / 8)
        return words
    }
}

/// Locks that belong to an open file description (fcntl(2), "Open file description locks"): they end with the process,
/// however it ends, and can be asked about without being taken.
private enum FileLock {
    // F_OFD_GETLK and F_OFD_SETLK, which Glibc's headers show to _GNU_SOURCE alone.
    private static let ask: Int32 = 36
    private static let set: Int32 = 37

    static func take(_ descriptor: Int32) throws(SystemError) {
        var lock = wholeFile
        try check("fcntl") { fcntl(descriptor, set, &lock) }
    }

    static func isTaken(_ descriptor: Int32) -> Bool {
        var lock = wholeFile
        return fcntl(descriptor, ask, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    private static var wholeFile: flock {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        return lock
    }
}
