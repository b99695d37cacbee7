-- hold, confirm, release, each thread with its own student and locker. One connection for each thread, so that the three
-- follow each other. Arguments: file of tokens, first locker.
local count = 0
function setup(thread)
    thread:set("number", count)
    count = count + 1
end

local steps = {}
local step = 0

function init(arguments)
    -- Before it begins, wrk asks the first thread for a request to see whether it is one, and does not send it.
    if number == 0 then step = 2 end
    local line = 0
    for token in io.lines(arguments[1]) do
        if line == number then
            for _, act in ipairs({ "hold", "confirm", "release" }) do
                steps[#steps + 1] = wrk.format(
                    "POST", string.format("/api/v1/lockers/%d/%s", tonumber(arguments[2]) + number, act),
                    { Authorization = "Bearer " .. token })
            end
            break
        end
        line = line + 1
    end
end

function request()
    step = step % 3 + 1
    return steps[step]
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
