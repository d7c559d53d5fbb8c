// Payloads of Sparkplug B, and answers to commands, from any bytes.
#include "things/sparkplug.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "things/command_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tsunagu;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto payload = things::read_sparkplug(bytes)) {
    for (const things::SparkplugMetric& metric : payload->metrics) {
      const std::string value = things::sparkplug_value(metric, metric.type);
      std::string canonical;
      if (!value.empty() && (!append_canonical_json(canonical, value) || canonical != value)) std::abort();
      // What can be said as a command is heard again.
      const auto said = things::sparkplug_command(metric.name, metric.alias, metric.type, value, payload->at);
      if (!said) continue;
      const auto heard = things::read_sparkplug(*said);
      if (!heard || heard->metrics.size() != 1) std::abort();
      if (things::sparkplug_value(heard->metrics[0], metric.type).empty()) std::abort();
    }
  }
  if (const auto answers = things::read_command_answer(bytes)) {
    for (const things::CommandAnswer& answer : *answers) {
      std::string canonical;
      if (!append_canonical_json(canonical, answer.result)) std::abort();
    }
  }
  return 0;
}
