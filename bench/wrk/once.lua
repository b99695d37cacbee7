-- Each line of a file ("METHOD path token") once, as fast as they are answered, and then it is over. Arguments: the
-- file, the number of wrk's threads, connections of each thread, an empty file.
local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } once_time;
int clock_gettime(int clock, once_time *time);
int getpid(void);
int kill(int pid, int signal);
]]
local time = ffi.new("once_time")
local function now()
    ffi.C.clock_gettime(1, time)
    return tonumber(time.seconds) * 1e6 + tonumber(time.nanoseconds) / 1e3
end

local threads = {}
function setup(thread)
    thread:set("number", #threads)
    threads[#threads + 1] = thread
end

local requests = {}
local count, connections, gone
local taken, sent, idle = 0, 0, 0
first, last = 0, 0

function init(arguments)
    count, connections, gone = tonumber(arguments[2]), tonumber(arguments[3]), arguments[4]
    local lines = {}
    for line in io.lines(arguments[1]) do lines[#lines + 1] = line end
    for index = 1 + math.floor(#lines * number / count), math.floor(#lines * (number + 1) / count) do
        local method, path, token = lines[index]:match("^(%S+) (%S+) (%S+)$")
        requests[#requests + 1] = wrk.format(method, path, { Authorization = "Bearer " .. token })
    end
end

-- Asked before each request: takes one, or, when all have been taken, lets a connection whose answer has come wait for
-- the end. (Taken here and not in `request`, which comes later: several connections may be between the two.)
function delay()
    if taken < #requests then
        if taken == 0 then first = now() end
        taken = taken + 1
        return 0
    end
    idle = idle + 1
    if idle == connections then
        last = now()
        -- The thread that ends last ends wrk, which would otherwise sleep until its time is over.
        local file = io.open(gone, "a")
        file:write("x")
        file:close()
        if io.open(gone):seek("end") == count then ffi.C.kill(ffi.C.getpid(), 2) end
    end
    return 60000
end

function request()
    -- Before it begins, wrk asks for one to see whether it is one, and does not send it.
    if taken == 0 then return requests[1] end
    sent = sent + 1
    -- There are no more than were taken, unless a connection broke and its next one is not asked whether to wait.
    return requests[sent] or requests[#requests]
end

-- From the first request to the last answer; nothing where the time was over before.
function took()
    local from, to = math.huge, 0
    for _, thread in ipairs(threads) do
        if thread:get("last") == 0 then return nil end
        from = math.min(from, thread:get("first"))
        to = math.max(to, thread:get("last"))
    end
    return to - from
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
