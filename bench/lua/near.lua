-- A radius that holds about ten entities, whatever their number: the region of the benchmark is about 230,000 km².
local count = tonumber(os.getenv("BENCH_ENTITIES"))
local radius = math.floor(1000 * math.sqrt(10 * 230000 / count / math.pi))
request = function()
  return wrk.format("GET", string.format("/ngsi-ld/v1/entities?type=Device&georel=near;maxDistance==%d&geometry=Point&coordinates=%%5B%.5f,%.5f%%5D",
    radius, 139.6 + math.random() * 5.8, 41.6 + math.random() * 3.7))
end
