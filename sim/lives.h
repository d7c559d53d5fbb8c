// What a device of each kind says at a moment, where it is a function of seed and time alone. (Paddies have a past,
// buses a timetable: fleet.cpp.)
#pragma once
#include <cstdint>

#include "base/json_object.h"
#include "sim/weather.h"

namespace tsunagu::sim {

struct Scene {
  std::uint64_t seed = 1;
  std::uint64_t device = 0;  ///< its number among all
  Instant t;
  Place home;
  const Climate& climate;
};

void say_weather(const Scene& scene, JsonObject& values);
void say_cow(const Scene& scene, JsonObject& values);
void say_bed(const Scene& scene, JsonObject& values);
void say_wearable(const Scene& scene, JsonObject& values);
void say_machine(const Scene& scene, JsonObject& values);
void say_plough(const Scene& scene, JsonObject& values);
void say_camera(const Scene& scene, JsonObject& values);
void say_meter(const Scene& scene, JsonObject& values);

/// "name":{"type":"Point","coordinates":[lng,lat]}, to about a metre.
void say_place(JsonObject& values, std::string_view name, const Place& place);
double rounded(double value, int digits);

}  // namespace tsunagu::sim
