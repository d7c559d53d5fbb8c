#include <serd/serd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <memory>

#include "base/uri.h"
#include "catalog/rdf/rdf.h"

namespace tsunagu::catalog {
namespace {

const std::uint8_t* bytes(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.c_str());
}

using Env = std::unique_ptr<SerdEnv, decltype(&serd_env_free)>;

class TurtleWriter final : public RdfWriter {
 public:
  TurtleWriter() : env_(serd_env_new(nullptr), serd_env_free) {
    constexpr unsigned kStyle = SERD_STYLE_ABBREVIATED | SERD_STYLE_CURIED;
    writer_ = serd_writer_new(SERD_TURTLE, static_cast<SerdStyle>(kStyle), env_.get(), nullptr, sink, this);
  }
  ~TurtleWriter() override { serd_writer_free(writer_); }

  void begin(std::string& out) override {
    out_ = &out;
    for (const auto& [prefix, iri] : rdf_prefixes()) {
      const SerdNode name = serd_node_from_string(SERD_LITERAL, bytes(prefix));
      const SerdNode uri = serd_node_from_string(SERD_URI, bytes(iri));
      serd_writer_set_prefix(writer_, &name, &uri);
    }
  }
  void add(std::string& out, const RdfTriples& group) override {
    out_ = &out;
    ++group_;
    for (const RdfTriple& triple : group) {
      const std::string subject = label(triple.subject), object = label(triple.object);
      const SerdNode s = node(triple.subject, subject), o = node(triple.object, object);
      const SerdNode p = serd_node_from_string(SERD_URI, bytes(triple.predicate));
      const SerdNode datatype = serd_node_from_string(SERD_URI, bytes(triple.object.datatype));
      const SerdNode language = serd_node_from_string(SERD_LITERAL, bytes(triple.object.language));
      serd_writer_write_statement(writer_, 0, nullptr, &s, &p, &o, triple.object.datatype.empty() ? nullptr : &datatype,
                                  triple.object.language.empty() ? nullptr : &language);
    }
  }
  void end(std::string& out) override {
    out_ = &out;
    serd_writer_finish(writer_);
  }

 private:
  static std::size_t sink(const void* text, std::size_t size, void* self) {
    static_cast<TurtleWriter*>(self)->out_->append(static_cast<const char*>(text), size);
    return size;
  }
  /// Labels of blank nodes are known within one group only.
  std::string label(const RdfNode& node) const {
    return node.kind == RdfNode::Kind::kBlank ? "g" + std::to_string(group_) + node.text : node.text;
  }
  static SerdNode node(const RdfNode& node, const std::string& text) {
    const SerdType type = node.kind == RdfNode::Kind::kIri     ? SERD_URI
                          : node.kind == RdfNode::Kind::kBlank ? SERD_BLANK
                                                               : SERD_LITERAL;
    return serd_node_from_string(type, bytes(text));
  }

  Env env_;
  SerdWriter* writer_ = nullptr;
  std::string* out_ = nullptr;
  std::size_t group_ = 0;
};

std::string_view view(const SerdNode& node) {
  return {reinterpret_cast<const char*>(node.buf), node.n_bytes};
}

/// What the reader below calls.
struct Reading {
  RdfGraph graph;
  Env env{nullptr, serd_env_free};
  std::size_t triples = 0, max = 0;
  std::string message;

  RdfNode resolved(const SerdNode& node) const {
    if (node.type == SERD_BLANK) return RdfNode::blank(view(node));
    SerdNode full = serd_env_expand_node(env.get(), &node);
    RdfNode out = RdfNode::iri(full.buf == nullptr ? view(node) : view(full));
    serd_node_free(&full);
    return out;
  }
  static Reading& of(void* self) { return *static_cast<Reading*>(self); }
  static SerdStatus base(void* self, const SerdNode* uri) { return serd_env_set_base_uri(of(self).env.get(), uri); }
  static SerdStatus prefix(void* self, const SerdNode* name, const SerdNode* uri) {
    return serd_env_set_prefix(of(self).env.get(), name, uri);
  }
  static SerdStatus statement(void* self, SerdStatementFlags, const SerdNode*, const SerdNode* subject,
                              const SerdNode* predicate, const SerdNode* object, const SerdNode* datatype,
                              const SerdNode* language) {
    Reading& reading = of(self);
    if (++reading.triples > reading.max) return SERD_FAILURE;
    RdfNode to = object->type == SERD_LITERAL ? RdfNode::literal(view(*object)) : reading.resolved(*object);
    if (datatype != nullptr && datatype->buf != nullptr) to.datatype = reading.resolved(*datatype).text;
    if (language != nullptr && language->buf != nullptr) to.language = view(*language);
    reading.graph.add({reading.resolved(*subject), reading.resolved(*predicate).text, std::move(to)});
    return SERD_SUCCESS;
  }
  static SerdStatus error(void* self, const SerdError* fault) {
    std::string& message = of(self).message;
    if (!message.empty()) return SERD_SUCCESS;
    std::array<char, 300> text{};
    std::va_list arguments;
    va_copy(arguments, *fault->args);
    std::vsnprintf(text.data(), text.size(), fault->fmt, arguments);
    va_end(arguments);
    message = "line " + std::to_string(fault->line) + ": " + text.data();
    while (message.ends_with('\n')) message.pop_back();
    return SERD_SUCCESS;
  }
};

}  // namespace

std::unique_ptr<RdfWriter> turtle_writer() {
  return std::make_unique<TurtleWriter>();
}

Result<RdfGraph> read_turtle(std::string_view document, std::string_view base, const RdfLimits& limits) {
  if (document.find('\0') != std::string_view::npos) return bad("not Turtle: it has a NUL character");
  Reading reading;
  reading.max = limits.triples;
  const std::string base_text(base), text(document);
  const SerdNode base_node = serd_node_from_string(SERD_URI, bytes(base_text));
  reading.env = Env(serd_env_new(&base_node), serd_env_free);
  SerdReader* reader =
      serd_reader_new(SERD_TURTLE, &reading, nullptr, Reading::base, Reading::prefix, Reading::statement, nullptr);
  serd_reader_set_strict(reader, true);
  serd_reader_set_error_sink(reader, Reading::error, &reading);
  const SerdStatus status = serd_reader_read_string(reader, bytes(text));
  serd_reader_free(reader);
  if (reading.triples > reading.max) {
    return fail(ErrorCode::kContentTooLarge, "more than " + std::to_string(limits.triples) + " statements");
  }
  if (status != SERD_SUCCESS || !reading.message.empty()) {
    return bad("not Turtle: " + (reading.message.empty() ? std::string("it breaks off") : reading.message));
  }
  return std::move(reading.graph);
}

}  // namespace tsunagu::catalog
