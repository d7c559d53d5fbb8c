#include <algorithm>
#include <array>
#include <cassert>

#include "base/url.h"
#include "gateway/http/http.h"

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kAcceptPatch = "application/json, application/ld+json, application/merge-patch+json";

struct Target {
  std::string method;
  Handler handler;
  std::size_t route;  // place in routes()
};

// A path is taken apart at its slashes; each node is what follows one of them.
struct Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;
  std::vector<Target> targets;
  std::optional<Target> page;
  std::string allow;

  bool empty() const { return targets.empty() && !page; }

  const Target* target(std::string_view method) const {
    for (const Target& target : targets) {
      if (target.method == method) return &target;
    }
    return nullptr;
  }
};

Node& child(std::unique_ptr<Node>& slot) {
  if (!slot) slot = std::make_unique<Node>();
  return *slot;
}

Node& literal(Node& node, std::string_view segment) {
  for (auto& [text, next] : node.literals) {
    if (text == segment) return *next;
  }
  return *node.literals.emplace_back(std::string(segment), std::make_unique<Node>()).second;
}

// The part of `path` up to the next slash; moves `path` behind it, or to no data at the end.
std::string_view take_segment(std::string_view& path) {
  const auto slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  return segment;
}

constexpr std::size_t kMaxParameters = 8;

struct Match {
  std::array<std::string_view, kMaxParameters> values;  // still encoded
  std::size_t count = 0;
  bool rest = false;  // the last value is a rest, which may have slashes
};

// The node of `path` (without its first slash). Literals win over parameters, parameters over the rest.
const Node* find(const Node& node, std::string_view path, bool ended, Match& match) {
  if (ended) return node.empty() ? nullptr : &node;
  std::string_view behind = path;
  const std::string_view segment = take_segment(behind);
  const bool last = behind.data() == nullptr;
  std::optional<std::string> decoded;
  if (segment.find('%') != std::string_view::npos) decoded = percent_decode(segment);
  const std::string_view name = decoded ? std::string_view(*decoded) : segment;
  for (const auto& [text, next] : node.literals) {
    if (text != name) continue;
    if (const Node* found = find(*next, behind, last, match)) return found;
    break;
  }
  if (node.parameter && !segment.empty()) {
    const std::size_t count = match.count;
    match.values[match.count++] = segment;
    if (const Node* found = find(*node.parameter, behind, last, match)) return found;
    match.count = count;
  }
  if (node.rest) {
    match.values[match.count++] = path;
    match.rest = true;
    return node.rest.get();
  }
  return nullptr;
}

bool climbs(std::string_view path) {
  while (path.data() != nullptr) {
    if (take_segment(path) == "..") return true;
  }
  return false;
}

// "GET" → "GET, HEAD, OPTIONS": what the node's methods come to.
std::string allow_of(const Node& node) {
  std::string allow = node.page && node.target("GET") == nullptr ? "GET, HEAD, " : "";
  for (const Target& target : node.targets) {
    if (target.method == "OPTIONS" || target.method == "HEAD") continue;
    allow += target.method + ", ";
    if (target.method == "GET") allow += "HEAD, ";
  }
  return allow + "OPTIONS";
}

}  // namespace

struct Router::State {
  void dispatch(RequestPtr request, Reply reply) const;
  Node& node_of(std::string_view pattern);
  std::size_t place_of(std::string_view method, std::string_view pattern);

  Node root;
  std::vector<Route> routes;
  Door door;
};

Router::Router() : state_(std::make_shared<State>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

Node& Router::State::node_of(std::string_view pattern) {
  assert(pattern.starts_with('/'));
  Node* node = &root;
  std::string_view path = pattern.substr(1);
  std::size_t parameters = 0;
  do {
    const std::string_view segment = take_segment(path);
    if (segment == "{*}") {
      node = &child(node->rest);
      ++parameters;
    } else if (segment.starts_with('{') && segment.ends_with('}')) {
      node = &child(node->parameter);
      ++parameters;
    } else {
      node = &literal(*node, segment);
    }
  } while (path.data() != nullptr);
  assert(parameters <= kMaxParameters);
  (void)parameters;
  return *node;
}

std::size_t Router::State::place_of(std::string_view method, std::string_view pattern) {
  const auto found = std::ranges::find_if(
      routes, [&](const Route& route) { return route.method == method && route.pattern == pattern; });
  if (found != routes.end()) return static_cast<std::size_t>(found - routes.begin());
  routes.push_back({std::string(method), std::string(pattern)});
  return routes.size() - 1;
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  Node& node = state_->node_of(pattern);
  assert(handler && node.target(method) == nullptr);
  node.targets.push_back({std::string(method), std::move(handler), state_->place_of(method, pattern)});
  node.allow = allow_of(node);
}

void Router::add_page(std::string_view pattern, Handler handler) {
  Node& node = state_->node_of(pattern);
  assert(handler && !node.page);
  node.page = Target{"GET", std::move(handler), state_->place_of("GET", pattern)};
  node.allow = allow_of(node);
}

const std::vector<Router::Route>& Router::routes() const {
  return state_->routes;
}

void Router::dispatch(RequestPtr request, Reply reply) const {
  state_->dispatch(std::move(request), std::move(reply));
}

std::function<void(RequestPtr, Reply)> Router::dispatcher() const {
  return [weak = std::weak_ptr<const State>(state_)](RequestPtr request, Reply reply) {
    if (const auto state = weak.lock()) state->dispatch(std::move(request), std::move(reply));
  };
}

void Router::State::dispatch(RequestPtr request, Reply reply) const {
  const std::string_view path = request->path();
  const std::string_view method = request->method();
  Match match;
  const Node* node = path.starts_with('/') ? find(root, path.substr(1), false, match) : nullptr;
  if (node == nullptr) {
    Response response;
    response.status = 204;
    if (path != "*") response = problem({ErrorCode::kResourceNotFound, "There is nothing at this path."});
    return reply.send(std::move(response));
  }
  const Target* target = node->target(method);
  if (target == nullptr && method == "HEAD") target = node->target("GET");
  const bool page = node->page && (method == "GET" || method == "HEAD") &&
                    (target == nullptr || request->header("Accept").find("text/html") != std::string_view::npos);
  if (page) target = &*node->page;
  if (target == nullptr) {
    Response response;
    if (method == "OPTIONS") {
      response.status = 204;
    } else {
      response = problem({ErrorCode::kMethodNotAllowed,
                          std::string(method) + " is not possible here; these are: " + node->allow + "."});
    }
    response.headers.emplace_back("Allow", node->allow);
    if (node->target("PATCH") != nullptr) response.headers.emplace_back("Accept-Patch", kAcceptPatch);
    return reply.send(std::move(response));
  }
  reply.sink_->routed(target->route);
  PathParameters parameters(match.count);
  for (std::size_t i = 0; i < match.count; ++i) {
    auto value = percent_decode(match.values[i]);
    if (!value || value->find('\0') != std::string::npos) {
      return reply.send(Error{ErrorCode::kBadRequestData, "The path is not valid percent-encoded UTF-8."});
    }
    parameters[i] = std::move(*value);
  }
  if (match.rest && climbs(parameters.back())) {
    return reply.send(Error{ErrorCode::kResourceNotFound, "A path here cannot have '..' in it."});
  }
  if (door && !page) {
    const Route& route = routes[target->route];
    if (auto refused = door(*request, route.method, route.pattern)) return reply.send(std::move(*refused));
  }
  target->handler(std::move(request), std::move(parameters), std::move(reply));
}

void Router::set_door(Door door) {
  state_->door = std::move(door);
}

}  // namespace tsunagu::gateway
