-- One line for bench/run and bench/against: what wrk counted, in microseconds. A script may know better how long it
-- took (`took`).
local ffi = require("ffi")
ffi.cdef [[
typedef struct { uint64_t count, limit, min, max, data[]; } wrk_stats;
]]

-- For an answer that took n times the usual wrk invents some n that would have been late as well, had somebody sent
-- them meanwhile (stats_correct in its stats.c). Nobody does here, and a handful that were late made the p99: they are
-- taken away as they were added, from the longest on.
local function measured(summary, latency)
    local stats = ffi.cast("wrk_stats **", latency)[0]
    assert(stats.min == latency.min and stats.max == latency.max, "another wrk than 4.1 and 4.2")
    local each = math.floor(summary.requests / tonumber(os.getenv("BENCH_CONNECTIONS")))
    if each == 0 then return latency end
    local usual = math.floor(summary.duration / each)
    for value = tonumber(stats.max), 2 * usual, -1 do
        local count, late = stats.data[value], value - usual
        while count > 0 and late > usual do
            stats.data[late] = stats.data[late] - count
            stats.count = stats.count - count
            late = late - usual
        end
    end
    return latency
end

function done(summary, latency, requests)
    latency = measured(summary, latency)
    io.write(string.format(
        "RESULT %d %d %d %d %d %d %d\n", summary.requests, took and took() or summary.duration, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        latency:percentile(50), latency:percentile(99), latency.max))
end
