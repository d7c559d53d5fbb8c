// One call of the Action API: parameters from the URL, a JSON body or a form; the answer in CKAN's envelope.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/catalog/open_data.h"

namespace tsunagu::gateway::opendata {

/// What is wrong with a call, as CKAN says it.
struct CkanError {
  unsigned status = 409;
  std::string type;   ///< "Not Found Error", "Validation Error"
  std::string field;  ///< of a validation error; "": message
  std::string message;
  static CkanError not_found(std::string message = "Not found") {
    return {404, "Not Found Error", "", std::move(message)};
  }
  static CkanError invalid(std::string field, std::string message) {
    return {409, "Validation Error", std::move(field), std::move(message)};
  }
  static CkanError of(const Error& error);
};
template <class T>
using CkanResult = tl::expected<T, CkanError>;

/// Lives until it is answered. Used by one thread at a time.
class CkanCall {
 public:
  CkanCall(const OpenData& parts_in, std::string action_in, RequestPtr request_in, Reply reply_in)
      : parts(parts_in), action(std::move(action_in)), request(std::move(request_in)), reply(std::move(reply_in)) {}

  const OpenData& parts;
  const std::string action;
  RequestPtr request;
  Reply reply;
  store::TenantId tenant;

  /// Reads tenant and parameters; the answer to send when that fails.
  std::optional<Response> read();

  /// A text; "" when it is not there. Numbers and truth values as they are written.
  std::string text(std::string_view name) const;
  bool has(std::string_view name) const { return parameters_.contains(name); }
  /// Canonical JSON of a parameter; of a text that holds an object or a list, that one. "" when it is not there.
  std::string json(std::string_view name) const;
  /// A list of texts: JSON, or commas between.
  std::vector<std::string> list(std::string_view name) const;
  CkanResult<std::uint64_t> natural(std::string_view name, std::uint64_t absent, std::uint64_t most) const;
  CkanResult<bool> truth(std::string_view name, bool absent) const;

  /// `result`: JSON.
  void send(std::string_view result);
  void send(const CkanError& error);

 private:
  std::string help() const;
  void answer(unsigned status, std::string body);
  std::map<std::string, std::string, std::less<>> parameters_;  // canonical JSON
};
using CkanCallPtr = std::shared_ptr<CkanCall>;

struct CkanAction {
  std::string_view name, summary;
  void (*run)(const CkanCallPtr& call);
};
/// Of packages and what orders them; of the data store; of the site.
std::vector<CkanAction> package_actions();
std::vector<CkanAction> group_actions();
std::vector<CkanAction> datastore_actions();
std::vector<CkanAction> site_actions();

/// Joins JSON values to a list.
std::string json_list(const std::vector<std::string>& values);

}  // namespace tsunagu::gateway::opendata
