#include "broker/subscriptions/owner.h"

#include <memory>

#include "base/json.h"
#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::broker {

std::string pack_owner(const Owner& owner) {
  const trust::Subject& subject = *owner.subject;
  std::string out;
  JsonObject(out)
      .number("kind", static_cast<int>(subject.kind))
      .text("id", subject.id)
      .text_if("tenant", subject.tenant)
      .text_if("name", subject.name)
      .text_if("account", subject.account)
      .text_if("actsFor", subject.acts_for)
      .text_if("scopes", subject.scopes)
      .text_if("session", subject.session.starts_with("key:") ? subject.session : "")
      .text_if("purpose", owner.purpose)
      .end();
  return out;
}

Owner unpack_owner(std::string_view packed) {
  Owner owner;
  if (packed.empty()) return owner;
  const auto text = [packed](std::string_view name) {
    const std::string_view value = ngsi::walk::member(packed, name);
    return value.empty() ? std::string() : json_string_text(value);
  };
  trust::Subject subject;
  subject.kind =
      static_cast<trust::SubjectKind>(parse_number<unsigned>(ngsi::walk::member(packed, "kind")).value_or(0) % 6);
  subject.id = text("id");
  subject.tenant = text("tenant");
  subject.name = text("name");
  subject.account = text("account");
  subject.acts_for = text("actsFor");
  subject.scopes = text("scopes");
  subject.session = text("session");
  owner.subject = std::make_shared<const trust::Subject>(std::move(subject));
  owner.purpose = text("purpose");
  return owner;
}

}  // namespace tsunagu::broker
