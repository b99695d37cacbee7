/// The public catalogue of errors: every code the API answers with, its status and its sentence for a person. A code is
/// never reused for something else. nginx's own errors carry the same codes and sentences (deploy/nginx/errors.conf).
enum ErrorCode: String, CaseIterable, Sendable {
    case invalidRequest = "invalid_request"
    case invalidLockerID = "invalid_locker_id"
    case unauthorized
    case invalidCredentials = "invalid_credentials"
    case invalidRefreshToken = "invalid_refresh_token"
    case registrationClosed = "registration_closed"
    case notEligible = "not_eligible"
    case applicationClosed = "application_closed"
    case notFound = "not_found"
    case lockerNotFound = "locker_not_found"
    case assignmentNotFound = "assignment_not_found"
    case holdNotFound = "hold_not_found"
    case sessionNotFound = "session_not_found"
    case methodNotAllowed = "method_not_allowed"
    case studentIDExists = "student_id_exists"
    case phoneNumberInUse = "phone_number_in_use"
    case lockerTaken = "locker_taken"
    case alreadyHolding = "already_holding"
    case alreadyAssigned = "already_assigned"
    case bodyTooLarge = "body_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case tooManyAttempts = "too_many_attempts"
    case tooManyRequests = "too_many_requests"
    case internalError = "internal_error"
    case unavailable

    /// The HTTP status. `hold_not_found` alone has two: 409 on confirm, 404 on release-hold (see `APIError`).
    var status: Int {
        switch self {
        case .invalidRequest, .invalidLockerID: 400
        case .unauthorized, .invalidCredentials, .invalidRefreshToken: 401
        case .registrationClosed, .notEligible, .applicationClosed: 403
        case .notFound, .lockerNotFound, .assignmentNotFound, .sessionNotFound: 404
        case .methodNotAllowed: 405
        case .studentIDExists, .phoneNumberInUse, .lockerTaken, .alreadyHolding, .alreadyAssigned, .holdNotFound: 409
        case .bodyTooLarge: 413
        case .unsupportedMediaType: 415
        case .tooManyAttempts, .tooManyRequests: 429
        case .internalError: 500
        case .unavailable: 503
        }
    }

    var message: String {
        switch self {
        case .invalidRequest: "요청 형식이 올바르지 않습니다."
        case .invalidLockerID: "사물함 번호가 올바르지 않습니다."
        case .unauthorized: "로그인이 필요합니다. 다시 로그인해 주세요."
        case .invalidCredentials: "학번, 이름 또는 전화번호가 일치하지 않습니다."
        case .invalidRefreshToken: "로그인이 만료되었습니다. 다시 로그인해 주세요."
        case .registrationClosed: "지금은 새로 등록할 수 없습니다. 학생회에 문의해 주세요."
        case .notEligible: "사물함 신청 대상자 명단에서 확인되지 않습니다. 입력한 내용을 확인하거나 학생회에 문의해 주세요."
        case .applicationClosed: "지금은 사물함 신청 기간이 아닙니다."
        case .notFound: "요청하신 주소를 찾을 수 없습니다."
        case .lockerNotFound: "존재하지 않는 사물함입니다."
        case .assignmentNotFound: "배정받은 사물함이 아닙니다."
        case .holdNotFound: "선점한 내역이 없거나 선점 시간이 지났습니다."
        case .sessionNotFound: "이미 끝났거나 없는 로그인입니다."
        case .methodNotAllowed: "허용되지 않는 요청 방식입니다."
        case .studentIDExists: "이미 등록된 학번입니다."
        case .phoneNumberInUse: "이미 등록된 전화번호입니다."
        case .lockerTaken: "이미 선택된 사물함입니다."
        case .alreadyHolding: "이미 선점한 사물함이 있습니다. 확정하거나 취소한 뒤 다시 시도해 주세요."
        case .alreadyAssigned: "이미 배정받은 사물함이 있습니다."
        case .bodyTooLarge: "요청 내용이 너무 큽니다."
        case .unsupportedMediaType: "요청 본문은 application/json 형식이어야 합니다."
        case .tooManyAttempts: "로그인 시도가 너무 많습니다. 잠시 후 다시 시도해 주세요."
        case .tooManyRequests: "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요."
        case .internalError: "서버에 문제가 생겼습니다. 잠시 후 다시 시도해 주세요."
        case .unavailable: "지금은 접속이 어렵습니다. 잠시 후 다시 시도해 주세요."
        }
    }
}
