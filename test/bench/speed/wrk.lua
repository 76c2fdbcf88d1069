-- Sends the requests of a file in turn, and tells what came of it as one line of JSON.
-- A line of the file: method, path, API key and body, with tabs between. A second file holds what every
-- body has to hold; to look at bodies takes time, so runs that are measured have none.

local requests = {}
local at = 0
local threads = {}
wrong = 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  for line in io.lines(args[1]) do
    local method, path, key, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = { ["accept"] = "application/graphql-response+json", ["x-api-key"] = key }
    if body == "" then
      body = nil
    else
      headers["content-type"] = "application/json"
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  if args[2] then
    local file = io.open(args[2])
    local expected = file:read("*a")
    file:close()
    response = function(_, _, body)
      if not body:find(expected, 1, true) or body:find('"errors":', 1, true) then
        wrong = wrong + 1
      end
    end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local wrongs = 0
  for _, thread in ipairs(threads) do
    wrongs = wrongs + thread:get("wrong")
  end
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"bytes":%d,"not2xx":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"wrong":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, errors.status, errors.connect, errors.read,
    errors.write, errors.timeout, wrongs, latency:percentile(50), latency:percentile(99)))
end
