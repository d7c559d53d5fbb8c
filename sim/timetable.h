// Buses on a published timetable (GTFS): where each vehicle is at a moment. Trips are given to vehicles first come,
// first served, an operator's to its own; between two stops a bus goes straight, as far as the time between them has
// gone.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "sim/weather.h"

namespace tsunagu::sim {

class Timetable {
 public:
  struct Stop {
    std::string name;
    Place place;
  };
  struct Call {
    std::uint32_t stop;
    std::int32_t arrival_s, departure_s;  ///< since midnight; may be past 24 h
  };
  struct Trip {
    std::string id, line, agency;
    std::vector<Call> calls;
  };
  struct Vehicle {
    std::string agency;
    std::vector<std::uint32_t> trips;  ///< in order of time
  };
  struct Position {
    Place place;
    double heading_deg = 0, speed_km_h = 0;
    const Trip* trip = nullptr;  ///< null: waits at its last or next stop
    const Stop* next_stop = nullptr;
    double delay_s = 0;
  };

  /// Reads stops, routes, trips, stop_times and agency of an unpacked feed. The error says which file.
  static Result<Timetable> read(const std::filesystem::path& folder);
  /// A line back and forth through made-up stops, every 20 minutes from 6 to 22 h: where no timetable is at hand.
  static Timetable made_up(std::uint64_t seed, const Place& centre, int vehicles);

  const std::vector<Vehicle>& vehicles() const { return vehicles_; }
  const std::vector<Trip>& trips() const { return trips_; }
  /// Of vehicle `index` at `t`, late by what traffic, snow and chance do to it. Every day is a weekday. ~100 ns.
  Position at(std::size_t index, Instant t, std::uint64_t seed, const Climate& climate) const;

 private:
  void give_to_vehicles();

  std::vector<Stop> stops_;
  std::vector<Trip> trips_;
  std::vector<Vehicle> vehicles_;
};

}  // namespace tsunagu::sim
