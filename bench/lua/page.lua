request = function()
  return wrk.format("GET", string.format("/ngsi-ld/v1/entities?type=Device&limit=20&offset=%d", math.random(0, 50) * 20))
end
