local count = tonumber(os.getenv("BENCH_ENTITIES"))
request = function()
  return wrk.format("GET", string.format("/api/3/action/datastore_search?resource_id=urn:ngsi-ld:Distribution:devices:1&filters={%%22group%%22:%%22group-%06d%%22}", math.random(0, math.floor(count / 16) - 1)))
end
