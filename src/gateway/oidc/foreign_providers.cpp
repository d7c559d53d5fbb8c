#include "gateway/oidc/foreign_providers.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/text.h"
#include "base/toml.h"
#include "base/uri.h"

namespace tsunagu::gateway::oidc {
namespace {

constexpr std::array<std::string_view, 14> kNames{
    "key",        "title",         "issuer",  "client_id", "secret_file", "secret_env", "scopes",
    "name_claim", "account_claim", "unknown", "assurance", "strong_acr",  "audience",   "secret"};

bool good_issuer(std::string_view issuer) {
  if (!is_absolute_uri(issuer) || issuer.find_first_of("?#") != std::string_view::npos) return false;
  if (issuer.starts_with("https://")) return true;
  for (const std::string_view here : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
    const std::string_view rest = issuer.starts_with(here) ? issuer.substr(here.size()) : "x";
    if (rest.empty() || rest.front() == ':' || rest.front() == '/') return true;
  }
  return false;
}

/// Reads one table. What is wrong goes into `fault`.
class Reader {
 public:
  Reader(const toml::table& table, std::string& fault) : table_(table), fault_(fault) {}

  std::string text(std::string_view name, std::string otherwise = {}) {
    const auto node = table_[name];
    if (!node) return otherwise;
    if (const auto value = node.value<std::string>(); value && node.is_string()) return *value;
    wrong(std::string(name) + " is a text");
    return otherwise;
  }

  std::vector<std::string> texts(std::string_view name, std::vector<std::string> otherwise = {}) {
    const auto node = table_[name];
    if (!node) return otherwise;
    std::vector<std::string> out;
    if (const auto* list = node.as_array()) {
      for (const auto& each : *list) {
        if (const auto value = each.value<std::string>()) out.push_back(*value);
      }
      if (out.size() == list->size()) return out;
    }
    wrong(std::string(name) + " is a list of texts");
    return otherwise;
  }

  void title(ForeignProvider& provider) {
    if (const auto* both = table_["title"].as_table()) {
      provider.title_ja = (*both)["ja"].value_or(std::string());
      provider.title_en = (*both)["en"].value_or(provider.title_ja);
    } else {
      provider.title_ja = provider.title_en = text("title", provider.key);
    }
    if (provider.title_ja.empty()) wrong("title is a text, or { ja = \"…\", en = \"…\" }");
  }

  std::string secret() {
    const std::string file = text("secret_file"), variable = text("secret_env");
    if (table_.contains("secret")) wrong("a secret does not belong into this file: use secret_file or secret_env");
    if (!file.empty()) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      const std::string_view secret = trim(bytes);
      if (!in || secret.empty()) wrong("secret_file " + file + " cannot be read, or is empty");
      return std::string(secret);
    }
    if (variable.empty()) return {};
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') wrong("secret_env: the environment has no " + variable);
    return value == nullptr ? std::string() : value;
  }

  void only_known_names() {
    for (const auto& [name, node] : table_) {
      if (std::ranges::find(kNames, name.str()) == kNames.end())
        wrong("\"" + std::string(name.str()) + "\" is not known");
    }
  }

  void wrong(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
  }

 private:
  const toml::table& table_;
  std::string& fault_;
};

ForeignProvider read_one(const toml::table& table, std::string& fault) {
  Reader reader(table, fault);
  reader.only_known_names();
  ForeignProvider provider;
  provider.key = reader.text("key");
  if (provider.key.empty() || provider.key.size() > 32 ||
      provider.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    reader.wrong("key has 1 to 32 of a-z, 0-9 and '-'");
  reader.title(provider);
  provider.issuer = reader.text("issuer");
  if (!good_issuer(provider.issuer)) reader.wrong("issuer is https://… (http:// only on this machine)");
  provider.client_id = reader.text("client_id");
  if (provider.client_id.empty()) reader.wrong("client_id is missing");
  provider.secret = reader.secret();
  provider.scopes = reader.texts("scopes", provider.scopes);
  if (std::ranges::find(provider.scopes, "openid") == provider.scopes.end()) reader.wrong("scopes has to have openid");
  provider.name_claim = reader.text("name_claim", provider.name_claim);
  provider.account_claim = reader.text("account_claim");
  const std::string unknown = reader.text("unknown", "link"), assurance = reader.text("assurance", "single");
  if (unknown != "link" && unknown != "resident") reader.wrong("unknown is \"link\" or \"resident\"");
  if (assurance != "single" && assurance != "strong") reader.wrong("assurance is \"single\" or \"strong\"");
  provider.new_residents = unknown == "resident";
  if (assurance == "strong") provider.assurance = trust::Assurance::kStrong;
  provider.strong_acr = reader.texts("strong_acr");
  provider.audience = reader.text("audience");
  return provider;
}

}  // namespace

Result<std::vector<ForeignProvider>> read_providers(std::string_view toml, std::string_view file) {
  const auto root = parse_toml(toml, file);
  if (!root) return tl::unexpected(root.error());
  const auto wrong = [&](const std::string& why) {
    return fail(ErrorCode::kInvalidRequest, std::string(file) + ": " + why + ".");
  };
  const auto* list = (*root)["provider"].as_array();
  if (list == nullptr || root->size() != 1) return wrong("it has tables [[provider]] and nothing else");
  std::vector<ForeignProvider> providers;
  for (const auto& node : *list) {
    const auto* table = node.as_table();
    if (table == nullptr) return wrong("it has tables [[provider]] and nothing else");
    std::string fault;
    ForeignProvider provider = read_one(*table, fault);
    for (const ForeignProvider& other : providers) {
      if (fault.empty() && (other.key == provider.key || other.issuer == provider.issuer))
        fault = "another provider has the same key or issuer";
    }
    if (!fault.empty())
      return wrong("line " + std::to_string(table->source().begin.line) + ", provider \"" + provider.key +
                   "\": " + fault);
    providers.push_back(std::move(provider));
  }
  return providers;
}

Result<std::vector<ForeignProvider>> read_providers_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return fail(ErrorCode::kInvalidRequest, file + " cannot be read");
  return read_providers(text, file);
}

}  // namespace tsunagu::gateway::oidc
