-- One of the first BENCH_VISIBLE records of type BENCH_KIND, or with BENCH_QUERY that query; as BENCH_COOKIE for the purpose of care.
local visible, kind = tonumber(os.getenv("BENCH_VISIBLE")), os.getenv("BENCH_KIND")
local query, cookie = os.getenv("BENCH_QUERY"), os.getenv("BENCH_COOKIE")
local headers = {["Tsunagu-Purpose"] = "care"}
if cookie ~= "" then headers["Cookie"] = cookie end
request = function()
  if query ~= "" then return wrk.format("GET", query, headers) end
  return wrk.format("GET", string.format("/ngsi-ld/v1/entities/urn:ngsi-ld:%s:%07d", kind, math.random(0, visible - 1)), headers)
end
