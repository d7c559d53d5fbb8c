#include "gateway/studio/requests.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "catalog/import/text_forms.h"

namespace tsunagu::gateway::studio {
namespace {

using simdjson::dom::element;

tl::unexpected<Error> wrong(std::string detail) {
  return fail(ErrorCode::kBadRequestData, std::move(detail));
}

/// A JSON object from a body; `each` gets its members and says what is wrong with one.
Result<void> read_object(std::string_view json,
                         const std::function<Result<void>(std::string_view, const element&)>& each) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object))
    return fail(ErrorCode::kInvalidRequest, "the body must be a JSON object");
  for (const auto& [name, value] : object) {
    if (auto good = each(name, value); !good) return good;
  }
  return {};
}

/// A text, or "" for null.
Result<std::string> text_of(std::string_view name, const element& value) {
  std::string_view text;
  if (value.is_null()) return std::string();
  if (value.get(text)) return wrong(fmt::format("\"{}\" must be a text", name));
  return std::string(text);
}

Result<std::vector<std::string>> texts_of(std::string_view name, const element& value) {
  std::vector<std::string> out;
  simdjson::dom::array items;
  if (value.get(items)) return wrong(fmt::format("\"{}\" must be a list of texts", name));
  for (const element& item : items) {
    auto text = text_of(name, item);
    if (!text) return tl::unexpected(text.error());
    out.push_back(std::move(*text));
  }
  return out;
}

Result<catalog::Texts> languages_of(std::string_view name, const element& value) {
  std::string_view text;
  if (!value.get(text)) return catalog::Texts{{"ja", std::string(text)}};
  simdjson::dom::object object;
  if (value.get(object)) return wrong(fmt::format("\"{}\" must be a text or an object of texts by language", name));
  catalog::Texts out;
  for (const auto& [language, each] : object) {
    auto read = text_of(name, each);
    if (!read) return tl::unexpected(read.error());
    if (!read->empty()) out.emplace_back(std::string(language), std::move(*read));
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool is_true(const element& value) {
  bool truth = false;
  return !value.get(truth) && truth;
}

Result<void> set(std::string& to, std::string_view name, const element& value) {
  auto text = text_of(name, value);
  if (!text) return tl::unexpected(text.error());
  to = std::move(*text);
  return {};
}

template <class Value>
Result<void> keep(Value& to, Result<Value> read) {
  if (!read) return tl::unexpected(read.error());
  to = std::move(*read);
  return {};
}

Result<void> read_contact(catalog::ContactPoint& to, const element& value) {
  simdjson::dom::object object;
  if (value.is_null()) return {};
  if (value.get(object)) return wrong("\"contactPoint\" must be an object");
  for (const auto& [name, each] : object) {
    std::string* member = name == "name"        ? &to.name
                          : name == "email"     ? &to.email
                          : name == "telephone" ? &to.telephone
                          : name == "url"       ? &to.url
                                                : nullptr;
    if (member == nullptr)
      return wrong(fmt::format("contactPoint has no \"{}\"; its members are name, email, telephone and url", name));
    if (auto good = set(*member, name, each); !good) return good;
  }
  return {};
}

Result<void> read_dataset(catalog::Dataset& d, const element& value) {
  simdjson::dom::object object;
  if (value.get(object)) return wrong("\"dataset\" must be an object");
  for (const auto& [name, each] : object) {
    Result<void> good{};
    if (name == "name")
      good = set(d.name, name, each);
    else if (name == "title")
      good = keep(d.title, languages_of(name, each));
    else if (name == "description")
      good = keep(d.description, languages_of(name, each));
    else if (name == "publisher")
      good = set(d.publisher, name, each);
    else if (name == "spatial")
      good = set(d.spatial, name, each);
    else if (name == "theme")
      good = keep(d.theme, texts_of(name, each));
    else if (name == "keyword")
      good = keep(d.keyword, texts_of(name, each));
    else if (name == "license")
      good = set(d.license, name, each);
    else if (name == "accrualPeriodicity")
      good = set(d.accrual_periodicity, name, each);
    else if (name == "landingPage")
      good = set(d.landing_page, name, each);
    else if (name == "contactPoint")
      good = read_contact(d.contact_point, each);
    else
      return wrong(
          fmt::format("dataset has no \"{}\"; its members are name, title, description, publisher, spatial, theme, "
                      "keyword, license, "
                      "accrualPeriodicity, landingPage and contactPoint",
                      name));
    if (!good) return good;
  }
  if (d.license.empty()) d.license = catalog::kCcBy4;
  return {};
}

}  // namespace

Result<std::function<Result<void>(catalog::UploadDraft&)>> read_settings(std::string_view json) {
  std::vector<std::function<void(catalog::UploadDraft&)>> changes;
  auto read = read_object(json, [&](std::string_view name, const element& value) -> Result<void> {
    if (name == "headerRow") {
      std::uint64_t row = 0;
      if (value.is_null()) {
        changes.emplace_back([](catalog::UploadDraft& d) { d.settings.header_row.reset(); });
      } else if (value.get(row) || row > 50) {
        return wrong("\"headerRow\" is the number of a record from 1 to 50, 0 for none, or null to have it found");
      } else {
        changes.emplace_back([row](catalog::UploadDraft& d) { d.settings.header_row = row; });
      }
      return {};
    }
    if (name == "columns") {
      simdjson::dom::object object;
      if (value.get(object))
        return wrong("\"columns\" is an object: column of the standard → column of the file, or null for none");
      for (const auto& [standard, own] : object) {
        auto text = text_of("columns", own);
        if (!text) return tl::unexpected(text.error());
        changes.emplace_back([standard = std::string(standard), text = std::move(*text)](catalog::UploadDraft& d) {
          d.settings.columns[standard] = text;
        });
      }
      return {};
    }
    auto text = text_of(name, value);
    if (!text) return tl::unexpected(text.error());
    if (name == "sheet") {
      changes.emplace_back([text = *text](catalog::UploadDraft& d) { d.sheet = text; });
    } else if (name == "standard") {
      if (!text->empty() && *text != "auto" && catalog::find_standard(*text) == nullptr)
        return wrong("there is no standard " + *text);
      changes.emplace_back([text = *text](catalog::UploadDraft& d) {
        d.settings.columns.clear();
        d.settings.standard = text;
        if (text == "auto") d.settings.standard.reset();
      });
    } else if (name == "municipality") {
      std::string code = *text;
      if (!code.empty()) {
        const auto checked = code.size() == 5 ? catalog::code6_of_code5(code) : catalog::checked_code6(code);
        if (!checked) return wrong("\"municipality\" is a code of six digits with its check digit, such as 011002");
        code = *checked;
      }
      changes.emplace_back([code](catalog::UploadDraft& d) { d.settings.municipality = code; });
    } else if (name == "encoding") {
      const auto encoding = catalog::parse_encoding(text->empty() ? "auto" : *text);
      if (!encoding) return wrong("\"encoding\" is auto, utf-8, shift_jis, euc-jp, utf-16le or utf-16be");
      changes.emplace_back([encoding](catalog::UploadDraft& d) { d.encoding = *encoding; });
    } else {
      return wrong(fmt::format(
          "there is no setting \"{}\"; they are sheet, headerRow, standard, municipality, columns and encoding", name));
    }
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return [changes = std::move(changes)](catalog::UploadDraft& draft) -> Result<void> {
    for (const auto& change : changes) change(draft);
    return {};
  };
}

Result<RepairsAsked> read_repairs(std::string_view json) {
  RepairsAsked out;
  auto read = read_object(json, [&](std::string_view name, const element& value) -> Result<void> {
    if (name == "all") {
      out.all = is_true(value);
      return {};
    }
    if (name == "repairs") return keep(out.ids, texts_of(name, value));
    return wrong(R"(the body is {"repairs": ["…"]} or {"all": true})");
  });
  if (!read) return tl::unexpected(read.error());
  if (!out.all && out.ids.empty()) return wrong(R"(say which: {"repairs": ["…"]} or {"all": true})");
  return out;
}

Result<std::vector<std::string>> read_columns(std::string_view json) {
  std::vector<std::string> out;
  if (json.empty()) return out;
  auto read = read_object(json, [&](std::string_view name, const element& value) -> Result<void> {
    if (name == "by") return keep(out, texts_of(name, value));
    return wrong(R"(the body is {"by": ["…"]}, the columns to count by, or empty)");
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

Result<std::vector<catalog::CellEdit>> read_cells(std::string_view json) {
  std::vector<catalog::CellEdit> out;
  auto read = read_object(json, [&](std::string_view name, const element& value) -> Result<void> {
    simdjson::dom::array cells;
    if (name != "cells" || value.get(cells))
      return wrong(R"(the body is {"cells": [{"row": 0, "column": "…", "text": "…"}]})");
    for (const element& cell : cells) {
      catalog::CellEdit edit;
      std::uint64_t row = 0;
      std::string_view column, text;
      if (cell["row"].get(row) || cell["column"].get(column) || cell["text"].get(text)) {
        return wrong(R"(a cell is {"row": 0, "column": "…", "text": "…"})");
      }
      edit.row = row;
      edit.column = column;
      edit.text = text;
      out.push_back(std::move(edit));
    }
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  if (out.empty()) return wrong("\"cells\" is empty");
  return out;
}

Result<catalog::PublicationRequest> read_publication(std::string_view json) {
  catalog::PublicationRequest out;
  auto read = read_object(json, [&](std::string_view name, const element& value) -> Result<void> {
    if (name == "dataset") return read_dataset(out.dataset, value);
    if (name == "acceptFindings") {
      out.accept_findings = is_true(value);
    } else if (name == "acknowledgeDisclosure") {
      out.acknowledge_disclosure = is_true(value);
    } else {
      return wrong(
          fmt::format("there is no \"{}\"; the members are dataset, acceptFindings and acknowledgeDisclosure", name));
    }
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

}  // namespace tsunagu::gateway::studio
