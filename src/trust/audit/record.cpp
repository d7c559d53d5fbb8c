#include "trust/audit/record.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "base/json.h"

namespace tsunagu::trust {
namespace {

constexpr std::array<std::string_view, 10> kAuditKinds = {"access", "denied",  "sign-in",   "sign-out", "account",
                                                          "policy", "consent", "emergency", "tenant",   "operation"};
constexpr std::array kSubjectKinds = {SubjectKind::kAnonymous, SubjectKind::kResident, SubjectKind::kStaff,
                                      SubjectKind::kDevice,    SubjectKind::kProgram,  SubjectKind::kSystem};

std::string without_bad_bytes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out += c;
    } else {
      out += "\xEF\xBF\xBD";
    }
  }
  return out;
}

/// Members of one object, without its braces; what is empty is left out.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) {}
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) append_text(member(name), value);
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    member(name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      out_ += i == 0 ? '[' : ',';
      append_text(out_, values[i]);
    }
    out_ += ']';
  }
  void number(std::string_view name, std::uint64_t value) {
    if (value != 0) member(name) += fmt::format_int(value).c_str();
  }
  std::string& member(std::string_view name) {
    out_ += any_ ? ",\"" : "\"";
    any_ = true;
    return out_.append(name).append("\":");
  }

 private:
  /// Nearly all texts are printable ASCII without anything to escape.
  static void append_text(std::string& out, std::string_view text) {
    bool plain = true;
    for (const char c : text) plain &= c >= ' ' && c != '"' && c != '\\' && c != 0x7f;
    if (plain) {
      out.append(1, '"').append(text).append(1, '"');
    } else {
      append_json_string(out, valid_utf8(text) ? text : without_bad_bytes(text));
    }
  }
  std::string& out_;
  bool any_ = false;
};

void print_subject(std::string& out, const Subject& subject) {
  out += '{';
  Members members(out);
  members.text("kind", name(subject.kind));
  members.text("id", subject.id);
  members.text("name", subject.name);
  members.text("tenant", subject.tenant);
  members.text("account", subject.account);
  members.text("session", subject.session);
  members.number("assurance", static_cast<std::uint64_t>(subject.assurance));
  members.text("actsFor", subject.acts_for);
  out += '}';
}

/// The subject as print_subject() writes it. Who asks, asks again: the last ones of each thread are remembered.
void append_subject(std::string& out, const SubjectPtr& subject) {
  struct Printed {
    SubjectPtr subject;
    std::string text;
  };
  static thread_local std::array<Printed, 64> printed;
  Printed& known = printed[reinterpret_cast<std::uintptr_t>(subject.get()) / alignof(Subject) / 16 % printed.size()];
  if (known.subject != subject) {
    known.text.clear();
    print_subject(known.text, *subject);
    known.subject = subject;
  }
  out += known.text;
}

using JsonValue = simdjson::ondemand::value;

std::string record_text(JsonValue& value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}
std::uint64_t record_number(JsonValue& value) {
  std::uint64_t number = 0;
  return value.get_uint64().get(number) == simdjson::SUCCESS ? number : 0;
}
std::vector<std::string> record_texts(JsonValue& value) {
  std::vector<std::string> texts;
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return texts;
  for (auto one : array) {
    std::string_view text;
    if (one.get_string().get(text) != simdjson::SUCCESS) break;
    texts.emplace_back(text);
  }
  return texts;
}

/// Calls `take(name, value)` for every member; false when this is no object.
template <class Object, class Take>
bool each_member(Object&& object, const Take& take) {
  for (auto field : object) {
    std::string_view key;
    JsonValue value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS) {
      return false;
    }
    take(key, value);
  }
  return true;
}

/// Few ask often: the same text is the same subject.
SubjectPtr subject_of(JsonValue& value) {
  constexpr std::size_t kMostRemembered = 1024;
  static thread_local std::unordered_map<std::uint64_t, std::pair<std::string, SubjectPtr>> remembered;
  simdjson::ondemand::object object;
  std::string_view text;
  if (value.get_object().get(object) != simdjson::SUCCESS || object.raw_json().get(text) != simdjson::SUCCESS) {
    return nobody();
  }
  if (remembered.size() >= kMostRemembered) remembered.clear();
  auto& [its_text, its_subject] = remembered[hash64(text)];
  if (its_subject && its_text == text) return its_subject;
  if (object.reset().error() != simdjson::SUCCESS) return nobody();
  auto subject = std::make_shared<Subject>();
  each_member(object, [&](std::string_view key, JsonValue& v) {
    if (key == "kind") {
      const std::string kind = record_text(v);
      for (const SubjectKind known : kSubjectKinds) {
        if (name(known) == kind) subject->kind = known;
      }
    } else if (key == "id") {
      subject->id = record_text(v);
    } else if (key == "name") {
      subject->name = record_text(v);
    } else if (key == "tenant") {
      subject->tenant = record_text(v);
    } else if (key == "account") {
      subject->account = record_text(v);
    } else if (key == "session") {
      subject->session = record_text(v);
    } else if (key == "assurance") {
      subject->assurance = static_cast<Assurance>(std::min<std::uint64_t>(record_number(v), 3));
    } else if (key == "actsFor") {
      subject->acts_for = record_text(v);
    }
  });
  its_text = text;
  return its_subject = std::move(subject);
}

void take_member(AuditRecord& record, std::string_view key, JsonValue& value) {
  if (key == "kind") {
    record.kind = audit_kind(record_text(value)).value_or(AuditKind::kOperation);
  } else if (key == "subject") {
    record.subject = subject_of(value);
  } else if (key == "action") {
    record.action = record_text(value);
  } else if (key == "purpose") {
    record.purpose = record_text(value);
  } else if (key == "tenant") {
    record.tenant = record_text(value);
  } else if (key == "rule") {
    record.rule = record_text(value);
  } else if (key == "request") {
    record.request = record_text(value);
  } else if (key == "peer") {
    record.peer = record_text(value);
  } else if (key == "outcome") {
    record.outcome = record_text(value);
  } else if (key == "persons") {
    record.persons = record_texts(value);
  } else if (key == "entities") {
    record.entities = record_texts(value);
  } else if (key == "count") {
    record.count = record_number(value);
  } else if (key == "attributes") {
    record.attributes = record_texts(value);
  } else if (key == "detail") {
    record.detail = record_text(value);
  }
}

}  // namespace

std::string_view name(AuditKind kind) {
  return kAuditKinds[static_cast<std::size_t>(kind)];
}

std::optional<AuditKind> audit_kind(std::string_view name) {
  for (std::size_t i = 0; i < kAuditKinds.size(); ++i) {
    if (kAuditKinds[i] == name) return static_cast<AuditKind>(i);
  }
  return std::nullopt;
}

void print(const AuditRecord& record, RecordText& to) {
  to.common.clear();
  Members common(to.common);
  common.text("kind", name(record.kind));
  common.text("action", record.action);
  append_subject(common.member("subject"), record.subject ? record.subject : nobody());
  common.text("purpose", record.purpose);
  common.text("tenant", record.tenant);
  common.text("rule", record.rule);
  common.text("peer", record.peer);
  common.text("outcome", record.outcome);
  to.own.clear();
  Members own(to.own);
  own.text("request", record.request);
  own.texts("persons", record.persons);
  own.texts("entities", record.entities);
  own.number("count", record.count);
  own.texts("attributes", record.attributes);
  own.text("detail", record.detail);
}

std::string print(const AuditRecord& record) {
  RecordText text;
  print(record, text);
  return '{' + text.common + (text.own.empty() ? "" : ",") + text.own + '}';
}

Result<AuditRecord> read_record(std::string_view json, Instant at, const AuditRecord* like) {
  static thread_local simdjson::ondemand::parser parser;
  static thread_local std::string padded;
  padded.assign(json).append(simdjson::SIMDJSON_PADDING, ' ');
  AuditRecord record;
  record.at = at;
  record.subject = nobody();
  if (like != nullptr) {
    record.kind = like->kind;
    record.action = like->action;
    record.subject = like->subject;
    record.purpose = like->purpose;
    record.tenant = like->tenant;
    record.rule = like->rule;
    record.peer = like->peer;
    record.outcome = like->outcome;
  }
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  const auto fault = [] { return bad("this is not a record of the audit log"); };
  if (parser.iterate(padded.data(), json.size(), padded.size()).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return fault();
  }
  if (!each_member(object, [&](std::string_view key, JsonValue& value) { take_member(record, key, value); })) {
    return fault();
  }
  return record;
}

}  // namespace tsunagu::trust
