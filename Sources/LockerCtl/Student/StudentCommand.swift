internal import ArgumentParser

struct StudentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "student", abstract: "학생을 보고 고칩니다.",
        subcommands: [
            StudentList.self, StudentShow.self, StudentAdd.self, StudentRename.self, StudentPhone.self,
            StudentChangeID.self, StudentErase.self,
        ])
}
