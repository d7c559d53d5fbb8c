local count = tonumber(os.getenv("BENCH_ENTITIES"))
request = function()
  return wrk.format("GET", string.format("/ngsi-ld/v1/entities/urn:ngsi-ld:Device:%07d", math.random(0, count - 1)))
end
