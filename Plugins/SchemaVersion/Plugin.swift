import Foundation
import PackagePlugin

/// Writes what the program is built for into a Swift file: the last change of migrations/sqitch.plan and the digest of sql/.
/// So a changed function is changed in one place, and no program can be built with another name for it.
@main
struct Plugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL
        let code = root.appending(path: "sql")
        let plan = root.appending(path: "migrations/sqitch.plan")
        let output = context.pluginWorkDirectoryURL.appending(path: "Version.swift")
        let files = try FileManager.default.contentsOfDirectory(at: code, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sql" }
        let script = """
            set -eu
            change=$(awk '/^[a-z]/ { name = $1 } END { print name }' "$1")
            digest=$("$2")
            printf 'enum Version {\\n    static let change = "%s"\\n    static let digest = "%s"\\n}\\n' "$change" "$digest" >"$3"
            """
        return [
            .buildCommand(
                displayName: "Version of the schema", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", script, "sh", plan.path(), code.appending(path: "digest").path(), output.path()],
                inputFiles: files + [plan, code.appending(path: "digest"), code], outputFiles: [output])
        ]
    }
}
