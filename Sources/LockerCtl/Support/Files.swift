internal import Foundation

/// A file that a command reads; `-` is standard input.
enum InputFile {
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: path) else { throw Failure("파일 \(path)을(를) 읽을 수 없습니다.") }
        return Array(data)
    }

    /// The name for the records: without the folder, which may name a person.
    static func name(_ path: String) -> String {
        path == "-" ? "(표준 입력)" : URL(fileURLWithPath: path).lastPathComponent
    }
}

/// A file that a command writes: it holds persons' data, so nobody else may read it, and one that is there stays.
enum OutputFile {
    static func write(_ bytes: [UInt8], to path: String, overwrite: Bool) throws(Failure) {
        if !overwrite, FileManager.default.fileExists(atPath: path) {
            throw Failure("\(path) 파일이 이미 있습니다. 덮어쓰려면 --overwrite를 붙이세요.")
        }
        guard
            FileManager.default.createFile(atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
        else { throw Failure("\(path)에 쓸 수 없습니다.") }
    }
}
