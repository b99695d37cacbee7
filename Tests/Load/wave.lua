-- A rush: each connection asks for the list or presses hold, and whoever is told to come again does so when he is told.
-- Arguments: file of tokens, first locker, number of lockers, a folder for what is learned, this process's number.
local threads = {}
function setup(thread)
    thread:set("number", #threads)
    threads[#threads + 1] = thread
end

local requests, next_request = {}, 0
local origin = "https://kucisc.kr"
local yes, faults
seen, unfit = {}, 0

function init(arguments)
    local first, lockers = tonumber(arguments[2]), tonumber(arguments[3])
    local name = string.format("%s/%s-%d", arguments[4], arguments[5], number)
    yes, faults = io.open(name .. ".yes", "w"), io.open(name .. ".unfit", "w")
    -- Nothing is lost when wrk ends.
    yes:setvbuf("no")
    faults:setvbuf("no")
    local student = 0
    for token in io.lines(arguments[1]) do
        local headers = { Authorization = "Bearer " .. token, ["Accept-Encoding"] = "gzip", Origin = origin }
        requests[#requests + 1] = wrk.format("GET", "/api/v1/lockers", headers)
        requests[#requests + 1] = wrk.format(
            "POST", string.format("/api/v1/lockers/%d/hold", first + student % lockers), headers)
        student = student + 1
    end
    math.randomseed(number + 1000 * tonumber(arguments[5]))
    next_request = math.random(#requests)
end

function request()
    next_request = next_request % #requests + 1
    return requests[next_request]
end

-- wrk asks for each connection after its answer, before its next request.
local refused = 0
function delay()
    if refused == 0 then return 0 end
    refused = refused - 1
    return 2000
end

local function unfit_answer(status, headers, body)
    unfit = unfit + 1
    if unfit <= 5 then
        faults:write(status, " ", tostring(headers["Retry-After"]), " ", tostring(body), "\n")
    end
end

function response(status, headers, body)
    seen[status] = (seen[status] or 0) + 1
    if status == 201 then yes:write(headers["X-Request-Id"], "\n") end
    if status >= 400 and status ~= 409 then
        refused = refused + 1
        -- The contract's error, whoever answered: nginx or a worker.
        if status ~= 503 or not headers["Retry-After"] or headers["Access-Control-Allow-Origin"] ~= origin
            or not body:find('"error":"unavailable"', 1, true) or not body:find('"message":"', 1, true)
            or not body:find('"request_id":"' .. headers["X-Request-Id"] .. '"', 1, true)
        then
            unfit_answer(status, headers, body)
        end
    end
end

function done(summary)
    local total, wrong = {}, 0
    for _, thread in ipairs(threads) do
        for status, count in pairs(thread:get("seen")) do total[status] = (total[status] or 0) + count end
        wrong = wrong + thread:get("unfit")
    end
    for status, count in pairs(total) do io.write(string.format("STATUS %d %d\n", status, count)) end
    local errors = summary.errors
    io.write(string.format("STATUS connect %d\nSTATUS read %d\nSTATUS write %d\nSTATUS timeout %d\nSTATUS unfit %d\n",
        errors.connect, errors.read, errors.write, errors.timeout, wrong))
end
