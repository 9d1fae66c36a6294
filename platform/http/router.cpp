// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <parley/error.h>

#include "http/url.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace parley::http {

namespace {

constexpr std::string_view upgradeMethod = "upgrade";  ///< no method is in lower case

std::vector<std::string_view> segmentsOf(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.empty()) path.remove_prefix(1);
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

struct Route {
  Router::RouteId id = 0;
  std::string method;
  std::string pattern;
  BodyMode mode = BodyMode::Whole;
  std::shared_ptr<const Handler> handler;
  std::shared_ptr<const UpgradeHandler> upgrade;
  base::CallCounter* calls = nullptr;
};

/// What a path ends at: its methods, each with the names that its own pattern gives the parameters.
struct Endpoint {
  struct Entry {
    const Route* route = nullptr;
    std::vector<std::string> names;
  };
  std::map<std::string, Entry, std::less<>> methods;

  const Entry* find(std::string_view method) const {
    const auto found = methods.find(method);
    return found == methods.end() ? nullptr : &found->second;
  }
};

struct Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Endpoint> rest;
  Endpoint here;
};

}  // namespace

struct Router::Table {
  std::vector<std::shared_ptr<const Route>> routes;
  Node root;

  explicit Table(std::vector<std::shared_ptr<const Route>> all) : routes(std::move(all)) {
    for (const auto& route : routes) insert(*route);
  }

  void insert(const Route& route) {
    Node* node = &root;
    Endpoint* end = nullptr;
    Endpoint::Entry entry;
    entry.route = &route;
    for (const auto segment : segmentsOf(route.pattern)) {
      if (segment == "*") {
        entry.names.emplace_back("*");
        if (!node->rest) node->rest = std::make_unique<Endpoint>();
        end = node->rest.get();
        break;
      }
      const bool parameter = segment.starts_with(':');
      if (parameter) entry.names.emplace_back(segment.substr(1));
      auto& next = parameter ? node->parameter : node->literals[std::string(segment)];
      if (!next) next = std::make_unique<Node>();
      node = next.get();
    }
    if (end == nullptr) end = &node->here;
    if (!end->methods.try_emplace(route.method, std::move(entry)).second)
      throw Error(ErrorCode::Conflict, "the route " + route.method + " " + route.pattern + " is taken");
  }
};

namespace {

/// One lookup: walks the tree depth first, the preferred branch before the others.
class Lookup {
 public:
  Lookup(std::string_view method, std::string_view path, Router::Match& match) : method_(method), match_(match) {
    for (const auto segment : segmentsOf(path)) {
      auto decoded = percentDecode(segment);
      if (!decoded) return;
      raw_.push_back(segment);
      decoded_.push_back(*std::move(decoded));
    }
    path_ = path;
    valid_ = path.starts_with('/');
  }

  void run(const Node& root) {
    if (valid_) walk(root, 0);
    std::sort(match_.allowed.begin(), match_.allowed.end());
    match_.allowed.erase(std::unique(match_.allowed.begin(), match_.allowed.end()), match_.allowed.end());
    if (match_.handler) match_.allowed.clear();
  }

 private:
  bool walk(const Node& node, std::size_t at) {
    if (at == decoded_.size()) return take(node.here);
    if (const auto literal = node.literals.find(decoded_[at]); literal != node.literals.end())
      if (walk(*literal->second, at + 1)) return true;
    if (node.parameter && !decoded_[at].empty()) {
      values_.push_back(decoded_[at]);
      if (walk(*node.parameter, at + 1)) return true;
      values_.pop_back();
    }
    if (!node.rest) return false;
    const auto begin = static_cast<std::size_t>(raw_[at].data() - path_.data());
    values_.push_back(percentDecode(path_.substr(begin)).value_or(std::string()));
    if (take(*node.rest)) return true;
    values_.pop_back();
    return false;
  }

  bool take(const Endpoint& end) {
    if (const auto* entry = end.find(upgradeMethod); entry != nullptr && !match_.upgrade) {
      match_.upgrade = entry->route->upgrade;
      setParams(*entry);
    }
    const auto* entry = end.find(method_);
    if (entry == nullptr && method_ == "HEAD") entry = end.find("GET");
    if (entry != nullptr) {
      match_.handler = entry->route->handler;
      match_.mode = entry->route->mode;
      match_.calls = entry->route->calls;
      setParams(*entry);
      return true;
    }
    for (const auto& [method, other] : end.methods) {
      if (method == upgradeMethod) continue;
      match_.allowed.push_back(method);
      if (method == "GET") match_.allowed.emplace_back("HEAD");
    }
    return false;
  }

  void setParams(const Endpoint::Entry& entry) {
    match_.params.clear();
    for (std::size_t i = 0; i < entry.names.size(); ++i) match_.params.emplace_back(entry.names[i], values_[i]);
  }

  std::string_view method_;
  std::string_view path_;
  Router::Match& match_;
  std::vector<std::string_view> raw_;
  std::vector<std::string> decoded_;
  std::vector<std::string> values_;
  bool valid_ = false;
};

}  // namespace

Router::Router() : table_(std::make_shared<Table>(std::vector<std::shared_ptr<const Route>>())) {}

Router::~Router() = default;

Router::RouteId Router::insert(std::string_view method, std::string_view pattern, BodyMode mode,
                               std::shared_ptr<const Handler> handler, std::shared_ptr<const UpgradeHandler> upgrade) {
  if (!pattern.starts_with('/'))
    throw Error(ErrorCode::ValidationFailed, "a route's pattern begins with '/': " + std::string(pattern));
  const std::lock_guard lock(writing_);
  auto routes = std::atomic_load(&table_)->routes;
  auto route = std::make_shared<Route>();
  route->id = next_;
  route->method = method;
  route->pattern = pattern;
  route->mode = mode;
  route->handler = std::move(handler);
  route->upgrade = std::move(upgrade);
  if (route->handler) route->calls = &calls_.of(route->method + ' ' + route->pattern);
  routes.push_back(std::move(route));
  std::atomic_store(&table_, std::shared_ptr<const Table>(std::make_shared<Table>(std::move(routes))));
  return next_++;
}

Router::RouteId Router::add(std::string_view method, std::string_view pattern, Handler handler, BodyMode mode) {
  return insert(method, pattern, mode, std::make_shared<const Handler>(std::move(handler)), nullptr);
}

Router::RouteId Router::addUpgrade(std::string_view pattern, UpgradeHandler handler) {
  return insert(upgradeMethod, pattern, BodyMode::Whole, nullptr,
                std::make_shared<const UpgradeHandler>(std::move(handler)));
}

void Router::remove(RouteId route) {
  std::shared_ptr<const Table> old;  // freed after the lock: handlers end with it
  const std::lock_guard lock(writing_);
  old = std::atomic_load(&table_);
  auto routes = old->routes;
  std::erase_if(routes, [route](const auto& one) { return one->id == route; });
  std::atomic_store(&table_, std::shared_ptr<const Table>(std::make_shared<Table>(std::move(routes))));
}

std::vector<std::pair<std::string, std::string>> Router::list() const {
  const auto table = std::atomic_load(&table_);
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& route : table->routes) all.emplace_back(route->method, route->pattern);
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return std::tie(a.second, a.first) < std::tie(b.second, b.first); });
  return all;
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  const auto table = std::atomic_load(&table_);
  Match match;
  Lookup(method, path, match).run(table->root);
  return match;
}

}  // namespace parley::http
