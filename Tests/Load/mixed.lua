-- Students who poll the list and press hold. Arguments: file of tokens, first locker, number of lockers.
local threads = {}
function setup(thread) threads[#threads + 1] = thread end

local requests, number = {}, 0
seen = {}

function init(arguments)
    local first, lockers = tonumber(arguments[2]), tonumber(arguments[3])
    local student = 0
    for token in io.lines(arguments[1]) do
        local headers = { Authorization = "Bearer " .. token, ["Accept-Encoding"] = "gzip" }
        requests[#requests + 1] = wrk.format("GET", "/api/v1/lockers", headers)
        requests[#requests + 1] = wrk.format(
            "POST", string.format("/api/v1/lockers/%d/hold", first + student % lockers), headers)
        student = student + 1
    end
    number = math.random(#requests)
end

function request()
    number = number % #requests + 1
    return requests[number]
end

-- Who is told to come again does so when he is told, as a browser's page does.
local refused = 0
function delay()
    if refused == 0 then return 0 end
    refused = refused - 1
    return 2000
end

function response(status, headers)
    if status == 503 then refused = refused + 1 end
    seen[status] = (seen[status] or 0) + 1
    if (status == 429 or status == 503) and not headers["Retry-After"] then
        seen["unsaid"] = (seen["unsaid"] or 0) + 1
    end
end

function done(summary)
    local total = {}
    for _, thread in ipairs(threads) do
        for status, count in pairs(thread:get("seen")) do total[status] = (total[status] or 0) + count end
    end
    for status, count in pairs(total) do io.write(string.format("STATUS %s %d\n", tostring(status), count)) end
    local errors = summary.errors
    io.write(string.format("STATUS broken %d\n", errors.connect + errors.read + errors.write + errors.timeout))
end
