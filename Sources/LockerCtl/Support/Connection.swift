internal import Foundation
internal import Operations
internal import Postgres

/// Where the database is: from the environment, never from an argument, which every process list shows.
enum Connection {
    static func url(_ name: String) throws(Failure) -> String {
        guard let url = ProcessInfo.processInfo.environment[name], !url.isEmpty else {
            throw Failure("환경 변수 \(name)이 없습니다. 데이터베이스 주소를 넣어 주세요. (docs/operations.ko.md의 ‘준비’)", Ending.unreachable)
        }
        guard Database.isConnectionString(url) else {
            throw Failure("환경 변수 \(name)이 데이터베이스 주소의 모양이 아닙니다.", Ending.unreachable)
        }
        return url
    }

    static func string(_ name: String) throws(Failure) -> ConnectionString {
        guard let string = ConnectionString(try url(name)) else {
            throw Failure("환경 변수 \(name)이 데이터베이스 주소의 모양이 아닙니다.", Ending.unreachable)
        }
        return string
    }

    /// The same, of which the database's name must be said: whole databases are made, compared and replaced by name.
    static func named(_ variable: String) throws(Failure) -> (string: ConnectionString, database: String) {
        let string = try string(variable)
        guard let name = string["dbname"], !name.isEmpty else {
            throw Failure("환경 변수 \(variable)에 데이터베이스 이름이 없습니다.", Ending.unreachable)
        }
        return (string, name)
    }

    static func operations() throws(Failure) -> Operator { Operator(url: try url("DB_OPERATOR_URL")) }
}
