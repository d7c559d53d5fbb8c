#include "platform/dmn/tck.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "platform/dmn/model.h"
#include "platform/dmn/xml.h"
#include "platform/feel/functions.h"

namespace tsunagu::platform::dmn {

using feel::Context;
using feel::Decimal;
using feel::List;
using feel::Value;

namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_nil(const XmlElement& xml) {
  return xml.attribute("nil") == "true" || xml.attribute("nil") == "1";
}

Value scalar(const XmlElement& xml) {
  if (is_nil(xml)) return {};
  std::string_view type = xml.attribute("type");
  if (const std::size_t colon = type.rfind(':'); colon != std::string_view::npos) type.remove_prefix(colon + 1);
  const std::string_view plain = trim(xml.text);
  if (type == "boolean") return plain == "true" || plain == "1";
  if (type == "decimal" || type == "double" || type == "integer" || type == "int" || type == "long" || type == "float")
    return Decimal::parse(plain);
  if (type == "date") return feel::parse_date(plain);
  if (type == "time") return feel::parse_time(plain);
  if (type == "dateTime") return feel::parse_date_time(plain);
  if (type == "duration" || type == "dayTimeDuration" || type == "yearMonthDuration") {
    Value out = feel::parse_months(plain);
    if (out.null()) out = feel::parse_duration(plain);
    return out;
  }
  return std::string(xml.text);
}

Value value_in(const XmlElement& xml) {
  if (const XmlElement* value = xml.child("value")) return scalar(*value);
  if (const XmlElement* list = xml.child("list")) {
    if (is_nil(*list)) return {};
    List out;
    for (const auto& item : list->children) {
      if (item->name == "item") out.push_back(value_in(*item));
    }
    return out;
  }
  if (xml.child("component") == nullptr) return {};
  Context out;
  for (const auto& child : xml.children) {
    if (child->name == "component") feel::put(out, std::string(child->attribute("name")), value_in(*child));
  }
  return out;
}

/// Numbers agree when they do in their first ten digits behind the point: expected results are written with few.
bool agree(const Value& expected, const Value& actual) {
  if (expected.number() != nullptr && actual.number() != nullptr) {
    const Decimal difference = (*expected.number() - *actual.number()).abs();
    return *expected.number() == *actual.number() || difference < *Decimal::parse("0.00000001");
  }
  if (expected.list() != nullptr && actual.list() != nullptr) {
    const List &x = *expected.list(), &y = *actual.list();
    return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), agree);
  }
  if (expected.context() != nullptr && actual.context() != nullptr) {
    const Context &x = *expected.context(), &y = *actual.context();
    return x.size() == y.size() && std::all_of(x.begin(), x.end(), [&](const auto& entry) {
             const Value* other = feel::find(y, entry.first);
             return other != nullptr && agree(entry.second, *other);
           });
  }
  return expected.kind() == actual.kind() && feel::equal(expected, actual).value_or(false);
}

Context arguments_of(const XmlElement& test) {
  Context out;
  for (const auto& child : test.children) {
    if (child->name == "inputNode") feel::put(out, std::string(child->attribute("name")), value_in(*child));
  }
  return out;
}

class CaseRun {
 public:
  CaseRun(const Model& model, const XmlElement& test) : model_(model), test_(test), evaluation_(model, machine_) {
    for (const auto& child : test.children) {
      if (child->name != "inputNode") continue;
      evaluation_.set(child->attribute("name"), value_in(*child), child->attribute("namespace"));
    }
  }

  /// Empty when everything is as expected.
  std::string run() {
    std::string out;
    for (const auto& child : test_.children) {
      if (child->name != "resultNode") continue;
      const XmlElement* wanted = child->child("expected");
      const Value expected = wanted == nullptr ? Value() : value_in(*wanted);
      const Value actual = result(child->attribute("name"));
      if (agree(expected, actual)) continue;
      out += fmt::format("  {}\n    expected {}\n    actual   {}\n", child->attribute("name"), feel::literal(expected),
                         feel::literal(actual));
    }
    if (out.empty()) return out;
    for (const feel::Fault& fault : machine_.faults)
      out += fmt::format("    {}, byte {}: {}\n", fault.where, fault.at, fault.message);
    return out;
  }

 private:
  Value result(std::string_view name) {
    const std::string_view type = test_.attribute("type");
    if (type == "decisionService" || type == "bkm") {
      const std::string_view invocable = test_.attribute("invocableName");
      const std::string_view called = invocable.empty() ? name : invocable;
      const Value all = type == "bkm" ? evaluation_.knowledge(called, arguments_of(test_))
                                      : evaluation_.service(called, arguments_of(test_));
      const Element* service = model_.find(Element::Kind::kService, called);
      if (type == "decisionService" && service != nullptr && service->outputs.size() > 1 && all.context() != nullptr) {
        const Value* part = feel::find(*all.context(), name);
        if (part != nullptr) return *part;
      }
      return all;
    }
    if (model_.find(Element::Kind::kDecision, name) == nullptr &&
        model_.find(Element::Kind::kService, name) != nullptr) {
      return evaluation_.service(name, arguments_of(test_));
    }
    return evaluation_.decision(name);
  }

  const Model& model_;
  const XmlElement& test_;
  feel::Machine machine_;
  Evaluation evaluation_;
};

void run_file(const fs::path& path, const XmlElement& cases, TckCounts& counts,
              const std::function<void(const std::string&)>& tell) {
  std::vector<Source> sources;
  const std::string main(cases.child_text("modelName"));
  for (const auto& entry : fs::directory_iterator(path.parent_path())) {
    if (entry.path().extension() != ".dmn") continue;
    const bool first = entry.path().filename() == main;
    sources.insert(first ? sources.begin() : sources.end(), {entry.path().filename().string(), bytes_of(entry.path())});
  }
  const bool found = !sources.empty() && sources[0].name == main;
  const auto model = found ? Model::read(sources) : fail(ErrorCode::kInvalidRequest, "there is no " + main);
  for (const auto& test : cases.children) {
    if (test->name != "testCase") continue;
    const std::string name = path.filename().string() + " " + std::string(test->attribute("id"));
    std::string wrong = model ? CaseRun(**model, *test).run() : "  " + model.error().detail + "\n";
    if (wrong.empty()) {
      ++counts.passed;
      continue;
    }
    ++counts.failed;
    if (model) {
      for (const feel::Fault& fault : (*model)->faults()) {
        if (wrong.find("  " + fault.where + "\n") != std::string::npos)
          wrong += fmt::format("    when read: {}, byte {}: {}\n", fault.where, fault.at, fault.message);
      }
    }
    tell(name + "\n" + wrong);
  }
}

}  // namespace

Result<TckCounts> run_tck(const std::string& folder, const std::function<void(const std::string&)>& tell) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".xml") files.push_back(at->path());
  }
  if (error) return fail(ErrorCode::kInvalidRequest, folder + ": " + error.message());
  std::sort(files.begin(), files.end());
  TckCounts counts;
  for (const fs::path& path : files) {
    const auto tree = read_xml(bytes_of(path));
    if (!tree || (*tree)->name != "testCases") continue;
    if (path.string().find("external-java") != std::string::npos) {
      for (const auto& test : (*tree)->children) counts.left_out += test->name == "testCase" ? 1 : 0;
      continue;
    }
    run_file(path, **tree, counts, tell);
  }
  return counts;
}

}  // namespace tsunagu::platform::dmn
