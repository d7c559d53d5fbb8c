#include "gateway/push/routes.h"

#include "base/json_object.h"
#include "gateway/automation/logged.h"
#include "gateway/trust/asking.h"
#include "gateway/trust/body_members.h"
#include "trust/sign_in/document_text.h"

namespace tsunagu::gateway {
namespace {

PushPerson person_of(const trust::Asking& asking) {
  return {asking.tenant_name, asking.subject->account.empty() ? std::string(PushPerson::kAnybody) : asking.subject->account};
}

/// People only: who is a program or a device has no browser.
Result<trust::Asking> somebody(const Request& request, const store::Store& store) {
  auto asking = signed_in(request, store);
  if (asking && asking->subject->account.empty() && !asking->subject->everything()) {
    return fail(ErrorCode::kForbidden, "notices are for people with an account");
  }
  return asking;
}

std::string told(const PushSubscription& s) {
  std::string out;
  JsonObject object(out);
  object.text("id", s.id).text("name", s.title).text("endpoint", s.endpoint).text("language", s.language);
  trust::put_instant(object, "made", s.made);
  object.end();
  return out;
}

struct PushCall {
  PushParts parts;

  void key(Reply reply) const {
    std::string out;
    JsonObject(out).text("key", parts.push.public_key()).end();
    reply.send(json_answer(std::move(out)));
  }

  void list(const Request& request, Reply reply) const {
    const auto asking = somebody(request, parts.store);
    if (!asking) return reply.send(asking.error());
    std::string out = "[";
    for (const PushSubscription& each : parts.push.of(person_of(*asking))) {
      if (out.size() > 1) out += ',';
      out += told(each);
    }
    reply.send(json_answer(out += ']'));
  }

  void add(const Request& request, Reply reply) const {
    const auto asking = somebody(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"endpoint", "expirationTime", "keys", "language", "name"});
    if (!body) return reply.send(body.error());
    PushSubscription draft;
    draft.person = person_of(*asking);
    draft.endpoint = body->text("endpoint");
    draft.p256dh = trust::text_in(body->json("keys"), "p256dh");
    draft.auth = trust::text_in(body->json("keys"), "auth");
    draft.language = body->text_if("language").value_or("ja");
    draft.title = body->text_if("name").value_or("");
    if (body->fault()) return reply.send(*body->fault());
    if (auto good = check_subscription(draft); !good) return reply.send(good.error());
    const auto answer = keep(std::move(reply));
    log_operation(parts.auditor, *asking, "allow notices", "device " + push_id(draft.endpoint), answer, [parts = parts, answer, draft] {
      parts.push.add(draft, [answer](const Result<PushSubscription>& kept) {
        if (!kept) return answer->send(kept.error());
        answer->send(json_answer(told(*kept), 201));
      });
    });
  }

  /// Does it arrive? To all devices of the caller.
  void test(const Request& request, Reply reply) const {
    const auto asking = somebody(request, parts.store);
    if (!asking) return reply.send(asking.error());
    PushMessage message;
    message.title = {"通知の確認", "おしらせの たしかめ", "A notice to try it"};
    message.text = {"この端末で通知を受け取れます。", "ここで おしらせを うけとれます。", "Notices are shown on this device."};
    message.page = "/settings";
    message.topic = "test";
    message.urgency = Urgency::kHigh;
    message.ttl = std::chrono::minutes(1);
    parts.push.send(person_of(*asking), std::move(message), [answer = keep(std::move(reply))](std::string fault) {
      std::string out;
      JsonObject(out).truth("sent", fault.empty()).text_if("fault", fault).end();
      answer->send(json_answer(std::move(out)));
    });
  }

  void remove(const Request& request, const std::string& id, Reply reply) const {
    const auto asking = somebody(request, parts.store);
    if (!asking) return reply.send(asking.error());
    const auto answer = keep(std::move(reply));
    log_operation(parts.auditor, *asking, "allow no notices", "device " + id, answer, [parts = parts, answer, person = person_of(*asking), id] {
      parts.push.remove(person, id, [answer](const Result<void>& gone) {
        if (!gone) return answer->send(gone.error());
        Response response;
        response.status = 204;
        answer->send(std::move(response));
      });
    });
  }
};

openapi::Operation push_operation(std::string_view id, std::string_view summary, std::vector<openapi::Answer> answers) {
  openapi::Operation out;
  out.id = id;
  out.tag = "Push";
  out.summary = summary;
  out.answers = std::move(answers);
  if (id != "pushKey") out.answers.push_back({401, "Nobody is signed in", "ProblemDetails", {"application/json"}});
  return out;
}

}  // namespace

void add_push_routes(Router& router, openapi::Document& document, PushParts parts) {
  const PushCall call{parts};
  document.add_schema("PushKey", R"({"type":"object","properties":{"key":{"type":"string"}}})");
  document.add_schema("PushSubscription",
                      R"({"type":"object","required":["endpoint","keys"],"properties":{"id":{"type":"string","readOnly":true},)"
                      R"("endpoint":{"type":"string","format":"uri"},"expirationTime":{"type":["integer","null"]},"keys":)"
                      R"({"type":"object","properties":{"p256dh":{"type":"string"},"auth":{"type":"string"}}},"language":)"
                      R"({"enum":["ja","easy","en"]},"name":{"type":"string"},"made":{"type":"string","readOnly":true}}})");
  document.add_schema("PushSubscriptions", R"({"type":"array","items":{"$ref":"#/components/schemas/PushSubscription"}})");

  document.add("GET", "/push/key", push_operation("pushKey", "Public key with which browsers subscribe (applicationServerKey)",
                                                  {{200, "The key, base64url", "PushKey", {"application/json"}}}));
  router.add("GET", "/push/key", [call](const RequestPtr&, const PathParameters&, Reply reply) { call.key(std::move(reply)); });

  document.add("GET", "/push/subscriptions", push_operation("pushSubscriptions", "The caller's devices that take notices",
                                                            {{200, "The devices", "PushSubscriptions", {"application/json"}}}));
  router.add("GET", "/push/subscriptions", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.list(*request, std::move(reply));
  });

  auto add = push_operation("addPushSubscription", "Allow notices on this device: what PushSubscription.toJSON() gives, and a language",
                            {{201, "It is kept", "PushSubscription", {"application/json"}},
                             {400, "It is no subscription", "ProblemDetails", {"application/json"}}});
  add.body_schema = "PushSubscription";
  add.body_media_types = {"application/json"};
  document.add("POST", "/push/subscriptions", add);
  router.add("POST", "/push/subscriptions", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.add(*request, std::move(reply));
  });

  document.add_schema("PushTest", R"({"type":"object","properties":{"sent":{"type":"boolean"},"fault":{"type":"string"}}})");
  document.add("POST", "/push/test", push_operation("testPush", "Send a notice to all devices of the caller, to see that it arrives",
                                                    {{200, "How it went with the push services", "PushTest", {"application/json"}}}));
  router.add("POST", "/push/test", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.test(*request, std::move(reply));
  });

  auto remove = push_operation("removePushSubscription", "Allow no notices on a device any more",
                               {{204, "It is forgotten", "", {}}, {404, "The caller has no such device", "ProblemDetails", {"application/json"}}});
  remove.parameters = {{"id", "path", "Of the device", R"({"type":"string"})"}};
  document.add("DELETE", "/push/subscriptions/{id}", remove);
  router.add("DELETE", "/push/subscriptions/{id}", [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
    call.remove(*request, path[0], std::move(reply));
  });
}

}  // namespace tsunagu::gateway
