internal import Foundation
internal import Postgres

/// The database as verify and rehearse reach it: the operator's role, or the owner's where there is no other.
enum OperatorDatabase {
    static func connect() throws(Failure) -> Database {
        let environment = ProcessInfo.processInfo.environment
        let isSet = { (name: String) in environment[name]?.isEmpty == false }
        let url = try Connection.url(
            !isSet("DB_OPERATOR_URL") && isSet("DB_ADMIN_URL") ? "DB_ADMIN_URL" : "DB_OPERATOR_URL")
        return Database(url: url, limits: Database.Limits(connect: .seconds(5), statement: .seconds(130)))
    }

    static func failure(_ error: PostgresError) -> Failure {
        switch error {
        case .refused(let state, _) where state == "42501":
            Failure("이 데이터베이스 계정에는 권한이 없습니다. DB_OPERATOR_URL이 운영자 계정인지 확인해 주세요.", Ending.unexpected)
        case .refused(let state, _) where ["42P01", "42703", "42883", "3F000"].contains(state.code):
            Failure("데이터베이스의 구조가 이 명령과 맞지 않습니다. 서버와 lockerctl의 버전을 확인해 주세요.", Ending.unexpected)
        case _ where error.isTransient: Failure("데이터베이스에 연결할 수 없습니다. (\(error))", Ending.unreachable)
        default: Failure("데이터베이스가 요청을 받아들이지 않았습니다. (\(error))", Ending.unexpected)
        }
    }
}
