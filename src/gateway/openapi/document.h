// The OpenAPI 3.1 description of the program, put together from what stands beside each route.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tsunagu::gateway::openapi {

struct Parameter {
  std::string_view name;
  std::string_view in;  ///< "query", "header" or "path"
  std::string_view description;
  std::string_view schema;  ///< JSON
};
struct Answer {
  unsigned status = 200;
  std::string_view description;
  std::string_view schema;                    ///< name in components/schemas; "" for no body
  std::vector<std::string_view> media_types;  ///< of the body
};
struct Operation {
  std::string_view id;  ///< operationId: unique
  std::string_view tag;
  std::string_view summary;
  std::string_view clause;  ///< of ETSI GS CIM 009 V1.9.1 that defines it; "" for none
  std::vector<Parameter> parameters;
  std::string_view body_schema;  ///< name in components/schemas; "" when there is no body
  std::vector<std::string_view> body_media_types;
  std::vector<Answer> answers;
};

/// Collects; not thread-safe.
class Document {
 public:
  void add(std::string_view method, std::string_view path, Operation operation);
  void add_schema(std::string_view name, std::string_view json);
  /// Canonical JSON of the whole description.
  std::string json(std::string_view version) const;

 private:
  std::map<std::string, std::map<std::string, Operation, std::less<>>, std::less<>> paths_;  ///< path → method
  std::map<std::string, std::string, std::less<>> schemas_;
};

}  // namespace tsunagu::gateway::openapi
