-- Sign-ins of known students, each thread its own. Arguments: first 학번, number of students.
local count = 0
function setup(thread)
    thread:set("number", count)
    count = count + 1
end

local requests = {}
local sent = 0

function init(arguments)
    local first, students = tonumber(arguments[1]), tonumber(arguments[2])
    for student = 0, students - 1 do
        local body = string.format(
            '{"student_id":"%d","name":"홍길동","phone_number":"010%08d"}', first + student, student)
        requests[#requests + 1] = wrk.format(
            "POST", "/api/v1/auth/login", { ["Content-Type"] = "application/json" }, body)
    end
    sent = number * 97
end

function request()
    sent = sent + 1
    return requests[sent % #requests + 1]
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
