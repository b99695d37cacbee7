internal import Foundation

/// Files of the host that setup writes: whole or not at all, with their rights from their first byte.
enum HostFile {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func read(_ path: String) throws(Failure) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { throw Failure("\(path)을(를) 읽을 수 없습니다.") }
        return String(decoding: data, as: UTF8.self)
    }

    /// Writes a file unless it says the same already.
    /// - Returns: whether anything changed.
    @discardableResult
    static func write(_ text: String, to path: String, mode: Int = 0o644) throws(Failure) -> Bool {
        let files = FileManager.default
        let folder = (path as NSString).deletingLastPathComponent
        do { try files.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw Failure("\(folder) 폴더를 만들 수 없습니다.")
        }
        if exists(path), try read(path) == text { return false }
        // In the place of an old file its owner and rights stay, which matters for PostgreSQL's.
        let before = try? files.attributesOfItem(atPath: path)
        let new = path + ".new"
        try? files.removeItem(atPath: new)
        guard
            files.createFile(
                atPath: new, contents: Data(text.utf8),
                attributes: [.posixPermissions: (before?[.posixPermissions] as? Int) ?? mode])
        else { throw Failure("\(path)에 쓸 수 없습니다.") }
        if let before, let owner = before[.ownerAccountID] as? Int, let group = before[.groupOwnerAccountID] as? Int {
            chown(new, uid_t(owner), gid_t(group))
        }
        guard rename(new, path) == 0 else { throw Failure("\(path)에 쓸 수 없습니다.") }
        return true
    }
}
