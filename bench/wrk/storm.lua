-- Every student once, each after one locker: a rush. Arguments: file of tokens, first locker, number of lockers, number
-- of students for each of wrk's threads, connections of each thread, an empty file.
local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } storm_time;
int clock_gettime(int clock, storm_time *time);
int getpid(void);
int kill(int pid, int signal);
]]
local time = ffi.new("storm_time")
local function now()
    ffi.C.clock_gettime(1, time)
    return tonumber(time.seconds) * 1e6 + tonumber(time.nanoseconds) / 1e3
end

local threads = {}
function setup(thread)
    thread:set("offset", #threads)
    threads[#threads + 1] = thread
end

local requests = {}
local sent, idle, connections, gone = 0, 0, 0, nil
first, last = 0, 0

function init(arguments)
    connections, gone = tonumber(arguments[5]), arguments[6]
    local lockers, each = tonumber(arguments[3]), tonumber(arguments[4])
    local student = 0
    for token in io.lines(arguments[1]) do
        if math.floor(student / each) == offset then
            -- The same locker for the same student as in storm.sql.
            local locker = tonumber(arguments[2]) + (student * 2654435 % 1000003) % lockers
            requests[#requests + 1] = wrk.format(
                "POST", string.format("/api/v1/lockers/%d/hold", locker), { Authorization = "Bearer " .. token })
        end
        student = student + 1
    end
end

function request()
    if sent == 0 then first = now() end
    sent = sent + 1
    return requests[sent] or requests[#requests]
end

-- Asked before each request: when all have been sent, a connection whose answer has come waits for the end.
function delay()
    if sent < #requests then return 0 end
    last = now()
    idle = idle + 1
    if idle == connections then
        -- The thread that ends last ends wrk, which would otherwise sleep until its time is over.
        local file = io.open(gone, "a")
        file:write("x")
        file:close()
        if io.open(gone):seek("end") == 2 then ffi.C.kill(ffi.C.getpid(), 2) end
    end
    return 60000
end

function done(summary, latency, requests)
    local from, to = math.huge, 0
    for _, thread in ipairs(threads) do
        from = math.min(from, thread:get("first"))
        to = math.max(to, thread:get("last"))
    end
    io.write(string.format(
        "RESULT %d %d %d %d %d %d %d\n", summary.requests, to - from, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        latency:percentile(50), latency:percentile(99), latency.max))
end
