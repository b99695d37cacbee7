internal import Foundation
internal import JSON
internal import Operations

/// The room on the disk where the database's files are.
enum DiskRoom {
    /// In bytes; nil where it cannot be seen from here: the server is another machine's.
    static func left(_ document: Document) -> Int64? {
        guard document["local_server"] == .bool(true), let folder = document["data_directory"].string
        else { return nil }
        var figures = statvfs()
        guard statvfs(folder, &figures) == 0 else { return nil }
        return Int64(figures.f_bavail) * Int64(figures.f_frsize)
    }
}
