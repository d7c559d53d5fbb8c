#include "platform/dmn/xml.h"

#include <expat.h>

#include "base/text.h"

namespace tsunagu::platform::dmn {
namespace {

constexpr std::size_t kMaxDocument = 16u << 20, kMaxLevels = 100;

class TreeReader {
 public:
  Result<std::unique_ptr<XmlElement>> read(std::string_view document) {
    if (document.size() > kMaxDocument) return bad("the XML document is too large");
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
        XML_ParserCreateNS(nullptr, ' '), XML_ParserFree);
    parser_ = parser.get();
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(
        parser_,
        [](void* self, const XML_Char* name, const XML_Char** a) { static_cast<TreeReader*>(self)->start(name, a); },
        [](void* self, const XML_Char*) { static_cast<TreeReader*>(self)->end(); });
    XML_SetCharacterDataHandler(parser_, [](void* self, const XML_Char* text, int size) {
      static_cast<TreeReader*>(self)->characters({text, static_cast<std::size_t>(size)});
    });
    XML_SetStartDoctypeDeclHandler(parser_, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
      static_cast<TreeReader*>(self)->refuse("a DOCTYPE is not accepted");
    });
    if (XML_Parse(parser_, document.data(), static_cast<int>(document.size()), 1) == XML_STATUS_OK && root_)
      return std::move(root_);
    if (fault_.empty()) fault_ = XML_ErrorString(XML_GetErrorCode(parser_));
    return bad("not XML: line " + std::to_string(XML_GetCurrentLineNumber(parser_)) + ": " + fault_);
  }

 private:
  void refuse(const char* why) {
    fault_ = why;
    XML_StopParser(parser_, XML_FALSE);
  }

  static std::pair<std::string_view, std::string_view> cut(std::string_view name) {
    const std::size_t space = name.find(' ');
    if (space == std::string_view::npos) return {{}, name};
    return {name.substr(0, space), name.substr(space + 1)};
  }

  void start(const XML_Char* name, const XML_Char** attributes) {
    if (open_.size() >= kMaxLevels) return refuse("elements are nested too deeply");
    auto element = std::make_unique<XmlElement>();
    const auto [space, local] = cut(name);
    element->space = space;
    element->name = local;
    element->line = XML_GetCurrentLineNumber(parser_);
    for (; *attributes != nullptr; attributes += 2) {
      element->attributes.emplace_back(cut(attributes[0]).second, attributes[1]);
    }
    XmlElement* raw = element.get();
    if (open_.empty()) {
      root_ = std::move(element);
    } else {
      open_.back()->children.push_back(std::move(element));
    }
    open_.push_back(raw);
  }
  void end() { open_.pop_back(); }
  void characters(std::string_view text) {
    if (!open_.empty()) open_.back()->text += text;
  }

  XML_Parser parser_ = nullptr;
  std::unique_ptr<XmlElement> root_;
  std::vector<XmlElement*> open_;
  std::string fault_;
};

}  // namespace

const std::string* XmlElement::find_attribute(std::string_view wanted) const {
  for (const auto& [key, value] : attributes) {
    if (key == wanted) return &value;
  }
  return nullptr;
}

std::string_view XmlElement::attribute(std::string_view wanted) const {
  const std::string* value = find_attribute(wanted);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

const XmlElement* XmlElement::child(std::string_view wanted) const {
  for (const auto& element : children) {
    if (element->name == wanted) return element.get();
  }
  return nullptr;
}

std::string_view XmlElement::child_text(std::string_view wanted) const {
  const XmlElement* element = child(wanted);
  return element == nullptr ? std::string_view() : trim(element->text);
}

Result<std::unique_ptr<XmlElement>> read_xml(std::string_view document) {
  return TreeReader().read(document);
}

}  // namespace tsunagu::platform::dmn
