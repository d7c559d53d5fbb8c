#include "sim/timetable.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "sim/clock.h"
#include "sim/csv.h"

namespace tsunagu::sim {
namespace {

/// "06:26:00" → seconds; −1 for none.
std::int32_t time_of_day(std::string_view text) {
  const auto h = parse_number<int>(take_until(text, ':')), m = parse_number<int>(take_until(text, ':')),
             s = parse_number<int>(text);
  return h && m && s ? *h * 3600 + *m * 60 + *s : -1;
}

double metres(const Place& a, const Place& b) {
  const double y = (b.lat - a.lat) * 111'000, x = (b.lng - a.lng) * 111'000 * std::cos(a.lat * std::numbers::pi / 180);
  return std::hypot(x, y);
}

}  // namespace

Result<Timetable> Timetable::read(const std::filesystem::path& folder) {
  Timetable out;
  std::unordered_map<std::string, std::uint32_t> stop_of, trip_of;
  std::unordered_map<std::string, std::pair<std::string, std::string>> line_of;
  std::unordered_map<std::string, std::string> agency_of;
  const auto missing = [&](const char* file) {
    return fail(ErrorCode::kResourceNotFound, fmt::format("{}: there is no {}", folder.string(), file));
  };
  if (!rows(folder / "stops.txt", {"stop_id", "stop_name", "stop_lat", "stop_lon"}, [&](const auto& f) {
        const auto lat = parse_number<double>(f[2]), lng = parse_number<double>(f[3]);
        if (!lat || !lng) return;
        stop_of.emplace(f[0], static_cast<std::uint32_t>(out.stops_.size()));
        out.stops_.push_back({f[1], {*lat, *lng}});
      }))
    return missing("stops.txt");
  rows(folder / "agency.txt", {"agency_id", "agency_name"}, [&](const auto& f) { agency_of[f[0]] = f[1]; });
  if (!rows(folder / "routes.txt", {"route_id", "agency_id", "route_short_name", "route_long_name"},
            [&](const auto& f) {
              const std::string line = f[2].empty() ? f[3] : f[3].empty() ? f[2] : f[2] + " " + f[3];
              line_of[f[0]] = {line, agency_of[f[1]]};
            }))
    return missing("routes.txt");
  if (!rows(folder / "trips.txt", {"route_id", "trip_id"}, [&](const auto& f) {
        const auto& [line, agency] = line_of[f[0]];
        if (trip_of.emplace(f[1], static_cast<std::uint32_t>(out.trips_.size())).second)
          out.trips_.push_back({f[1], line, agency, {}});
      }))
    return missing("trips.txt");
  if (!rows(folder / "stop_times.txt", {"trip_id", "arrival_time", "departure_time", "stop_id"}, [&](const auto& f) {
        const auto trip = trip_of.find(f[0]);
        const auto stop = stop_of.find(f[3]);
        const std::int32_t arrival = time_of_day(f[1]), departure = time_of_day(f[2]);
        if (trip == trip_of.end() || stop == stop_of.end() || arrival < 0 || departure < arrival) return;
        out.trips_[trip->second].calls.push_back({stop->second, arrival, departure});
      }))
    return missing("stop_times.txt");
  std::erase_if(out.trips_, [](const Trip& trip) { return trip.calls.size() < 2; });
  for (Trip& trip : out.trips_) {
    std::stable_sort(trip.calls.begin(), trip.calls.end(),
                     [](const Call& a, const Call& b) { return a.arrival_s < b.arrival_s; });
  }
  out.give_to_vehicles();
  return out;
}

Timetable Timetable::made_up(std::uint64_t seed, const Place& centre, int vehicles) {
  Timetable out;
  const Chance chance(seed, 401);
  for (int line = 0; line < std::max(1, vehicles / 3); ++line) {
    const auto first = static_cast<std::uint32_t>(out.stops_.size());
    const double angle = chance.between(0, 2 * std::numbers::pi, line);
    for (int stop = 0; stop < 10; ++stop) {
      const double far = 0.006 * stop, aside = 0.002 * (chance.at(100 * line + stop) - 0.5);
      out.stops_.push_back({fmt::format("停留所{}-{}", line + 1, stop + 1),
                            {centre.lat + far * std::sin(angle) + aside, centre.lng + far * std::cos(angle) - aside}});
    }
    for (int start = 6 * 3600, n = 0; start < 22 * 3600; start += 1200, ++n) {
      Trip trip{fmt::format("{}-{}", line, n), fmt::format("{}番", line + 1), "模擬バス", {}};
      for (int stop = 0; stop < 10; ++stop)
        trip.calls.push_back(
            {first + static_cast<std::uint32_t>(n % 2 ? 9 - stop : stop), start + 100 * stop, start + 100 * stop + 20});
      out.trips_.push_back(std::move(trip));
    }
  }
  out.give_to_vehicles();
  return out;
}

void Timetable::give_to_vehicles() {
  std::stable_sort(trips_.begin(), trips_.end(), [](const Trip& a, const Trip& b) {
    return a.calls.front().departure_s < b.calls.front().departure_s;
  });
  for (std::uint32_t i = 0; i < trips_.size(); ++i) {
    const Trip& trip = trips_[i];
    const Place& start = stops_[trip.calls.front().stop].place;
    // The nearest free vehicle that can be there in time at 30 km/h.
    Vehicle* best = nullptr;
    double nearest = 15'000;
    for (Vehicle& vehicle : vehicles_) {
      if (vehicle.agency != trip.agency) continue;
      const Call& last = trips_[vehicle.trips.back()].calls.back();
      const double far = metres(stops_[last.stop].place, start);
      if (far < nearest && last.departure_s + 180 + far / 8.3 <= trip.calls.front().departure_s)
        best = &vehicle, nearest = far;
    }
    if (best)
      best->trips.push_back(i);
    else
      vehicles_.push_back({trip.agency, {i}});
  }
}

Timetable::Position Timetable::at(std::size_t index, Instant t, std::uint64_t seed, const Climate& climate) const {
  const Vehicle& vehicle = vehicles_[index];
  const LocalTime when = local(t);
  // The service day begins at 3 h: what runs past midnight belongs to the day before.
  const bool before = when.hour < 3;
  const double second = when.hour * 3600 + (before ? 86'400 : 0);
  const std::int64_t day = when.day - before;
  Position out;
  out.place = stops_[trips_[vehicle.trips.front()].calls.front().stop].place;
  for (const std::uint32_t number : vehicle.trips) {
    const Trip& trip = trips_[number];
    const double start = trip.calls.front().departure_s, end = trip.calls.back().arrival_s;
    const Chance chance(seed, 402, (static_cast<std::uint64_t>(day) << 24) ^ number);
    const Weather weather =
        climate.at(Instant{(day * 86'400 + static_cast<std::int64_t>(start)) * kSecond - 9 * kHour}, out.place);
    const double snow = std::min(1.0, weather.snow_cm_h / 2) + (weather.blizzard ? 1.5 : 0.0);
    const double by_the_end = std::max(0.0, 90 + 120 * chance.normal(1) + 420 * snow);  // grows on the way
    if (second < start) break;
    const double progress = std::clamp((second - start) / (end + by_the_end - start), 0.0, 1.0);
    const double scheduled = start + progress * (end - start);
    out.delay_s = std::round(second < end + by_the_end ? second - scheduled : 0.0);
    const auto next =
        std::find_if(trip.calls.begin(), trip.calls.end(), [&](const Call& c) { return c.departure_s > scheduled; });
    if (progress >= 1 || next == trip.calls.end()) {
      out.place = stops_[trip.calls.back().stop].place;
      out.trip = nullptr, out.next_stop = nullptr, out.speed_km_h = 0;
      continue;
    }
    out.trip = &trip;
    out.next_stop = &stops_[next->stop];
    if (next == trip.calls.begin() || scheduled >= next->arrival_s) {
      out.place = stops_[next->stop].place;
      out.speed_km_h = 0;
      break;
    }
    const Call& from = *std::prev(next);
    const Place &a = stops_[from.stop].place, &b = stops_[next->stop].place;
    const double length = std::max(1, next->arrival_s - from.departure_s);
    const double share = std::clamp((scheduled - from.departure_s) / length, 0.0, 1.0);
    out.place = {a.lat + share * (b.lat - a.lat), a.lng + share * (b.lng - a.lng)};
    out.speed_km_h = std::min(80.0, metres(a, b) / std::max(20.0, length) * 3.6);
    const double east = (b.lng - a.lng) * std::cos(a.lat * std::numbers::pi / 180);
    out.heading_deg = std::fmod(std::atan2(east, b.lat - a.lat) * 180 / std::numbers::pi + 360, 360);
    break;
  }
  return out;
}

}  // namespace tsunagu::sim
