local count = tonumber(os.getenv("BENCH_ENTITIES"))
request = function()
  return wrk.format("GET", string.format("/ngsi-ld/v1/entities?type=Device&q=group==%%22group-%06d%%22&format=simplified&limit=100&count=true", math.random(0, math.floor(count / 16) - 1)))
end
