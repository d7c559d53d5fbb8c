// Commands as they stand in the graph. Internal to Commands.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/record.h"
#include "store/store.h"
#include "things/commands.h"

namespace tsunagu::things {

/// Names of the commands of a device; none when it has none. Cheap where there are none.
std::vector<std::string> command_names(const ngsi::Record& device);
bool has_commands(const ngsi::Record& record);

ngsi::TermId command_term(std::string_view name, std::string_view ending = "");

/// Is it somebody's wish, and not what a device reports?
bool is_command(const ngsi::AttributeView& attribute);
/// Does `after` hold a wish `term` that `before` (may be null) does not?
bool is_new_command(const ngsi::Record* before, const ngsi::Record& after, ngsi::TermId term);

/// The command that `attribute` of `entity` is for a device. Its way: as supportedProtocol says; of what hangs on an
/// edge node, as that of the node says.
Command read_command(const store::Store& store, const Registry& registry, store::TenantId tenant,
                     const ngsi::Record& device, std::string_view entity, const std::string& name,
                     const ngsi::AttributeView& attribute, std::int64_t timeout_s);

/// Are two values (canonical JSON) the same? 1 and 1.0 are, and true and 1.
bool same_value(std::string_view a, std::string_view b);

/// Sets the status (and the word about it) of the command that was asked for at `asked`; of whatever is there when
/// `asked` is not known. Leaves everything alone when another command took its place. On what is simulated it has no
/// observedAt: our time is not that of the simulation.
store::Decide status_write(std::string_view name, Instant asked, std::string_view status, std::string info, Instant at);

}  // namespace tsunagu::things
