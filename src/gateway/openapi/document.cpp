#include "gateway/openapi/document.h"

#include <utility>

#include "base/json.h"

namespace tsunagu::gateway::openapi {
namespace {

/// Appends `,` between the members of an object or array.
class Separator {
 public:
  explicit Separator(std::string& out) : out_(out) {}
  void operator()() {
    if (used_) out_ += ',';
    used_ = true;
  }

 private:
  std::string& out_;
  bool used_ = false;
};

void append_text_member(std::string& out, std::string_view name, std::string_view text) {
  out.append("\"").append(name).append("\":");
  append_json_string(out, text);
}

void append_content(std::string& out, std::string_view schema, const std::vector<std::string_view>& media_types) {
  out += R"("content":{)";
  Separator next(out);
  for (const std::string_view type : media_types) {
    next();
    append_json_string(out, type);
    out += R"(:{"schema":{"$ref":"#/components/schemas/)";
    out.append(schema).append("\"}}");
  }
  out += '}';
}

void append_parameter(std::string& out, const Parameter& parameter) {
  out += '{';
  append_text_member(out, "name", parameter.name);
  out += ',';
  append_text_member(out, "in", parameter.in);
  out += ',';
  if (parameter.in == "path") out += R"("required":true,)";
  if (!parameter.description.empty()) {
    append_text_member(out, "description", parameter.description);
    out += ',';
  }
  out += R"("schema":)";
  out.append(parameter.schema).append("}");
}

void append_parameters(std::string& out, std::string_view path, const std::vector<Parameter>& parameters) {
  out += R"("parameters":[)";
  Separator next(out);
  for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
    next();
    const std::size_t close = path.find('}', open);
    append_parameter(out, {path.substr(open + 1, close - open - 1), "path", "", R"({"type":"string"})"});
  }
  for (const Parameter& parameter : parameters) {
    next();
    append_parameter(out, parameter);
  }
  out += "],";
}

void append_operation(std::string& out, std::string_view path, const Operation& operation) {
  out += '{';
  append_text_member(out, "operationId", operation.id);
  out += R"(,"tags":[)";
  append_json_string(out, operation.tag);
  out += "],";
  append_text_member(out, "summary", operation.summary);
  out += ',';
  if (!operation.clause.empty()) {
    append_text_member(out, "description", "ETSI GS CIM 009 V1.9.1 clause " + std::string(operation.clause));
    out += ',';
  }
  append_parameters(out, path, operation.parameters);
  if (!operation.body_schema.empty()) {
    out += R"("requestBody":{"required":true,)";
    append_content(out, operation.body_schema, operation.body_media_types);
    out += "},";
  }
  out += R"("responses":{)";
  Separator next(out);
  for (const Answer& answer : operation.answers) {
    next();
    out.append("\"").append(std::to_string(answer.status)).append("\":{");
    append_text_member(out, "description", answer.description);
    if (!answer.schema.empty()) {
      out += ',';
      append_content(out, answer.schema, answer.media_types);
    }
    out += '}';
  }
  out += "}}";
}

std::string lower(std::string_view method) {
  std::string out;
  for (const char c : method) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

}  // namespace

void Document::add(std::string_view method, std::string_view path, Operation operation) {
  paths_[std::string(path)][lower(method)] = std::move(operation);
}

void Document::add_schema(std::string_view name, std::string_view json) {
  std::string& schema = schemas_[std::string(name)];
  schema.clear();
  append_canonical_json(schema, json);
}

std::string Document::json(std::string_view version) const {
  std::string out =
      R"({"openapi":"3.1.0","info":{"title":"Tsunagu",)"
      R"("summary":"A city OS: the live, historical graph of a region","license":{"name":"Apache-2.0","identifier":"Apache-2.0"},)";
  append_text_member(out, "version", version);
  out += R"(},"servers":[{"url":"/"}],"paths":{)";
  Separator next_path(out);
  for (const auto& [path, methods] : paths_) {
    next_path();
    append_json_string(out, path);
    out += ":{";
    Separator next_method(out);
    for (const auto& [method, operation] : methods) {
      next_method();
      out.append("\"").append(method).append("\":");
      append_operation(out, path, operation);
    }
    out += '}';
  }
  out += R"(},"components":{"schemas":{)";
  Separator next_schema(out);
  for (const auto& [name, json] : schemas_) {
    next_schema();
    append_json_string(out, name);
    out.append(":").append(json);
  }
  out += "}}}";
  return out;
}

}  // namespace tsunagu::gateway::openapi
