local count = tonumber(os.getenv("BENCH_ENTITIES"))
local headers = { ["Content-Type"] = "application/json" }
local n = 0
request = function()
  n = n + 1
  return wrk.format("PATCH", string.format("/ngsi-ld/v1/entities/urn:ngsi-ld:Device:%07d/attrs/waterLevel", math.random(0, count - 1)), headers,
    string.format('{"type":"Property","value":%.2f,"unitCode":"MTR","observedAt":"2026-04-02T06:%02d:%02dZ"}', math.random() * 10, n / 60 % 60, n % 60))
end
