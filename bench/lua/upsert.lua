-- A batch of devices that report again: level and battery are new, the devices stay where they are.
local count = tonumber(os.getenv("BENCH_ENTITIES"))
local headers = { ["Content-Type"] = "application/json" }
request = function()
  local items = {}
  for i = 1, 20 do
    local n = math.random(0, count - 1)
    items[i] = string.format('{"id":"urn:ngsi-ld:Device:%07d","type":"Device","name":{"type":"Property","value":"水位計 %07d"},' ..
      '"serial":{"type":"Property","value":%d},"group":{"type":"Property","value":"group-%06d"},' ..
      '"waterLevel":{"type":"Property","value":%.2f,"unitCode":"MTR","observedAt":"2026-04-01T06:00:00Z"},' ..
      '"status":{"type":"Property","value":"正常に稼働しています"},"battery":{"type":"Property","value":%d,"unitCode":"P1"},' ..
      '"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[%.6f,%.6f]}},' ..
      '"refMunicipality":{"type":"Relationship","object":"urn:ngsi-ld:Municipality:%06d"}}',
      n, n, n, math.floor(n / 16), math.random() * 10, math.random(0, 100), 139.4 + (n * 0.6180339887 % 1) * 6.2, 41.4 + (n * 0.7548776662 % 1) * 4.1, n % 179)
  end
  return wrk.format("POST", "/ngsi-ld/v1/entityOperations/upsert", headers, "[" .. table.concat(items, ",") .. "]")
end
