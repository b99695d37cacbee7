internal import Foundation
internal import Postgres

/// The history and the code that this program came with: sqitch.conf, migrations/ and sql/.
enum SchemaFiles {
    private static let folderVariable = "LOCKER_SCHEMA_DIR"
    static let missing = "sqitch.conf와 sql/이 있는 폴더를 찾지 못했습니다. \(folderVariable)로 알려 주세요."

    /// Where they are: as said, beside the program that was built there, or where the package has them.
    static func folder() -> String? {
        func holds(_ folder: String) -> Bool {
            FileManager.default.isReadableFile(atPath: folder + "/sqitch.conf")
        }
        if let folder = ProcessInfo.processInfo.environment[folderVariable], !folder.isEmpty { return folder }
        var above = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while above.path != "/" {
            if holds(above.path) { return above.path }
            above.deleteLastPathComponent()
        }
        let installed = "/usr/share/locker-server"
        return holds(installed) ? installed : nil
    }

    /// Brings a database to this version (sql/deploy), with the rights of the schema's owner whoever connects.
    static func deploy(to server: ConnectionString, owner: String) throws(Failure) {
        guard let folder = folder() else { throw Failure(missing) }
        let environment = server.environment.merging(["PGOPTIONS": "-c role=\(owner)"]) { _, ours in ours }
        let result = try Shell.run("\(folder)/sql/deploy", [], environment: environment, directory: folder)
        guard result.status == 0 else {
            let said = result.output.split(separator: "\n").suffix(5).joined(separator: "\n")
            throw Failure("이 버전의 구조로 올릴 수 없습니다. 더 새 버전의 백업일 수 있습니다.\n\(said)")
        }
    }
}
