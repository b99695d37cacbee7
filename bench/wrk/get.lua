-- GET of one path, each request as the next student. Arguments: path, file of tokens ("-": none), further header lines.
local requests = {}
local number = 0

function init(arguments)
    local headers = {}
    for index = 3, #arguments do
        local name, value = arguments[index]:match("^([^:]+): (.*)$")
        headers[name] = value
    end
    if arguments[2] == "-" then
        requests[1] = wrk.format("GET", arguments[1], headers)
        return
    end
    for token in io.lines(arguments[2]) do
        headers["Authorization"] = "Bearer " .. token
        requests[#requests + 1] = wrk.format("GET", arguments[1], headers)
    end
    number = math.random(#requests)
end

function request()
    number = number % #requests + 1
    return requests[number]
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
