#include "sim/kinds.h"

namespace tsunagu::sim {
namespace {

constexpr Measure kOfWeather[] = {{"temperature", "CEL", -50, 50, 0.05}, {"relativeHumidity", "P1", 0, 100, 1},
                                  {"precipitation", "MMT", 0, 200, 0},   {"snowfall", "CMT", 0, 30, 0},
                                  {"windSpeed", "MTS", 0, 80, 0},        {"solarRadiation", "D54", 0, 1'500, 0},
                                  {"forecastLowest", "CEL", -50, 50, 0}, {"forecastMean", "CEL", -50, 50, 0}};
constexpr Measure kOfPaddy[] = {{"waterLevel", "CMT", -10, 40, 0.02},  {"waterTemperature", "CEL", -5, 50, 0.02},
                                {"gateOpening", "P1", 0, 100, 0},      {"waterUsed", "MMT", 0, 10'000, 0},
                                {"airTemperature", "CEL", -50, 50, 0}, {"forecastLowest", "CEL", -50, 50, 0},
                                {"forecastMean", "CEL", -50, 50, 0}};
constexpr Measure kOfBus[] = {{"location", ""},
                              {"speed", "KMH", 0, 120, 0},
                              {"heading", "DD", 0, 360, 0},
                              {"delay", "SEC", -3'600, 36'000, 0},
                              {"lineName", ""},
                              {"nextStop", ""}};
constexpr Measure kOfCow[] = {{"location", ""},
                              {"bodyTemperature", "CEL", 30, 45, 0.01},
                              {"activityRate", "C62", 0, 100, 0},
                              {"ruminationTime", "MIN", 0, 60, 0}};
constexpr Measure kOfBed[] = {{"inBed", ""}, {"heartRate", "KMB", 20, 250, 0}, {"respirationRate", "KMB", 3, 80, 0}};
constexpr Measure kOfWearable[] = {
    {"heartRate", "KMB", 20, 250, 0}, {"stepCount", "C62", 0, 100'000, 0}, {"skinTemperature", "CEL", 10, 45, 0.05}};
constexpr Measure kOfMachine[] = {
    {"machineState", ""},           {"spindleSpeed", "RPM", 0, 20'000, 0}, {"activePower", "KWT", 0, 100, 0},
    {"vibration", "C16", 0, 60, 0}, {"temperature", "CEL", -20, 120, 0.5}, {"partCount", "C62", 0, 1e9, 0}};
constexpr Measure kOfPlough[] = {
    {"location", ""}, {"speed", "KMH", 0, 90, 0}, {"bladeDown", ""}, {"freshSnow", "CMT", 0, 200, 0}};
constexpr Measure kOfCamera[] = {
    {"bearsSeen", "C62", 0, 20, 0}, {"deerSeen", "C62", 0, 100, 0}, {"temperature", "CEL", -50, 60, 0.05}};
constexpr Measure kOfMeter[] = {{"activePower", "KWT", 0, 60, 0}, {"voltage", "VLT", 80, 130, 0}};

constexpr std::array<KindFacts, kKinds> kFacts{{
    {"weather", "気象観測局", "weather station", "WeatherObserved", "sensor", 600, false, 179, kOfWeather},
    {"paddy", "水田の水位計と給水ゲート", "paddy gauge and gate", "AgriParcel", "sensor", 300, false, 24, kOfPaddy},
    {"bus", "路線バス", "bus", "Vehicle", "sensor", 15, false, 90, kOfBus},
    {"cow", "乳牛の首輪", "cow collar", "Animal", "sensor", 300, false, 40, kOfCow},
    {"bed", "見守りベッドセンサー", "bed sensor", "", "sensor", 60, true, 20, kOfBed},
    {"wearable", "腕時計型の計測器", "wearable", "", "sensor", 60, false, 20, kOfWearable},
    {"machine", "工作機械", "machine tool", "ManufacturingMachine", "sensor", 10, true, 12, kOfMachine},
    {"plough", "除雪車", "snow plough", "Vehicle", "sensor", 30, false, 30, kOfPlough},
    {"camera", "野生動物カメラ", "wildlife camera", "", "sensor", 900, false, 15, kOfCamera},
    {"meter", "電力量計", "smart meter", "", "meter", 60, true, 70, kOfMeter},
}};

}  // namespace

const KindFacts& facts(Kind kind) {
  return kFacts[static_cast<std::size_t>(kind)];
}

}  // namespace tsunagu::sim
