-- Refreshes: each thread spends its token and goes on with the one it is given. One connection for each thread.
-- Argument: file of refresh tokens.
local count = 0
function setup(thread)
    thread:set("number", count)
    count = count + 1
end

local token

function init(arguments)
    local line = 0
    for candidate in io.lines(arguments[1]) do
        if line == number then token = candidate end
        line = line + 1
    end
end

function request()
    return wrk.format(
        "POST", "/api/v1/auth/refresh", { ["Content-Type"] = "application/json" },
        '{"refresh_token":"' .. token .. '"}')
end

function response(status, headers, body)
    token = body:match('"refresh_token":"([^"]+)"') or token
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
