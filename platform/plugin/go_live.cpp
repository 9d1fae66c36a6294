// SPDX-License-Identifier: Apache-2.0
#include "plugin/go_live.h"

#include "plugin/guarded_body.h"

#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace parley::plugin {

namespace {

constexpr Time never{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}};

/// Throws a refusal on, as the host's own object.
template <typename T>
T valueOf(Result<T> result) {
  return std::move(result).value();
}

std::string nameOf(const Plan::Hook& row) {
  return std::string("hook ") + (row.before ? "before " : "after ") + row.point;
}

/// Calls a handler that answers later. The reply it gets is made inside of the call: a closed border has none to track.
template <typename Handler, typename Call, typename T>
void callDeferred(Border& border, Site& site, Site& replySite, const Handler& handler, const Call& call,
                  const std::function<void(Result<T>)>& reply) {
  std::function<void(Result<T>)> held;
  const auto result = border.call(site, [&] {
    held = border.reply(replySite, reply);
    handler(call, held);
    held = nullptr;
    return std::monostate{};
  });
  if (result) return;
  const auto& answer = held ? held : reply;
  answer(result.error());
}

class Activation {
 public:
  Activation(Border& border, const Kit& kit, Ledger& ledger)
      : border_(border.shared_from_this()), kit_(kit), ledger_(ledger) {}

  void add(Plan::Space& row);
  void add(Plan::Event& row);
  void add(Plan::Route& row);
  void add(Plan::Hook& row);
  void add(Plan::Service& row);
  void add(Plan::Credential& row);
  void add(Plan::Timer& row);
  void add(Plan::DataSubject& row);
  void add(const char* what, const HostServices::Types& types, const std::string& type);

 private:
  void addRow(const RowKey& key, RowBook::Content content);
  DeferredEventHandler hostHandler(Plan::Event& row, Site& site) const;
  std::function<void(const HttpCall&, HttpReply)> hostHandler(Plan::Route& row, Site& site) const;
  StreamOpener hostOpener(Plan::Route& row, Site& site) const;
  const std::string& plugin() const { return border_->plugin(); }

  std::shared_ptr<Border> border_;
  const Kit& kit_;
  Ledger& ledger_;
};

void Activation::addRow(const RowKey& key, RowBook::Content content) {
  kit_.rows.goLive(plugin(), key, std::move(content));
  ledger_.add(key.text(), [&rows = kit_.rows, key, plugin = plugin()] { rows.goDormant(plugin, key); });
}

void Activation::add(Plan::Space& row) {
  const auto key = RowKey::of(row);
  realtime::NamespaceEntry entry{row.name, plugin(), {}, {}, false};
  if (row.onConnect)
    entry.onConnect = [border = border_, &row, &site = border_->site("connect to " + row.name)](const EventCall& call) {
      valueOf(border->call(site, [&] { return row.onConnect(call), std::monostate{}; }));
    };
  if (row.onDisconnect)
    entry.onDisconnect = [border = border_, &row, &site = border_->site("disconnect from " + row.name)](
                             const Caller& caller, const std::string& reason) {
      (void)border->call(site, [&] { return row.onDisconnect(caller, reason), std::monostate{}; });
    };
  addRow(key, std::move(entry));
}

DeferredEventHandler Activation::hostHandler(Plan::Event& row, Site& site) const {
  if (row.handler)
    return [border = border_, &row, &site](const EventCall& call, const Reply& reply) {
      reply(border->call(site, [&] { return row.handler(call); }));
    };
  auto& replySite = border_->site("reply to " + site.name);
  return [border = border_, &row, &site, &replySite](const EventCall& call, const Reply& reply) {
    callDeferred(*border, site, replySite, row.deferred, call, reply);
  };
}

void Activation::add(Plan::Event& row) {
  const auto key = RowKey::of(row);
  realtime::EventEntry entry{row.nameSpace, row.name, plugin(), row.access, hostHandler(row, border_->site(key.text())),
                             row.next};
  addRow(key, std::move(entry));
}

std::function<void(const HttpCall&, HttpReply)> Activation::hostHandler(Plan::Route& row, Site& site) const {
  if (row.handler)
    return [border = border_, &row, &site](const HttpCall& call, const HttpReply& reply) {
      reply(border->call(site, [&] { return guardedBody(*border, site, row.handler(call)); }));
    };
  auto& replySite = border_->site("reply to " + site.name);
  return [border = border_, &row, &site, &replySite](const HttpCall& call, const HttpReply& reply) {
    callDeferred(*border, site, replySite, row.deferred, call, guardingBody(*border, replySite, reply));
  };
}

StreamOpener Activation::hostOpener(Plan::Route& row, Site& site) const {
  auto& replySite = border_->site("reply to " + site.name);
  return [border = border_, &row, &site, &replySite](const HttpCall& call,
                                                     const HttpReply& reply) -> std::shared_ptr<BodySink> {
    std::shared_ptr<const HttpReply> held;
    const auto opened = border->call(site, [&]() -> std::shared_ptr<BodySink> {
      held = std::make_shared<const HttpReply>(border->reply(replySite, guardingBody(*border, replySite, reply)));
      std::shared_ptr<BodySink> sink =
          row.stream(call, [held](Result<HttpResponse> result) { (*held)(std::move(result)); });
      // The plugin's alone from here on: that it drops the reply is noticed at once.
      const std::weak_ptr<const HttpReply> plugins = std::exchange(held, nullptr);
      return sink ? guardedSink(*border, site, std::move(sink), plugins) : nullptr;
    });
    if (opened) return opened.value();
    const auto& answer = held ? *held : reply;
    answer(opened.error());
    return nullptr;
  };
}

void Activation::add(Plan::Route& row) {
  const auto key = RowKey::of(row);
  auto& site = border_->site(key.text());
  addRow(key, row.stream ? kit_.routes.streamHandler(key.text(), row.access, hostOpener(row, site))
                         : kit_.routes.handler(key.text(), row.access, hostHandler(row, site)));
}

void Activation::add(Plan::Hook& row) {
  auto& hooks = kit_.host.hooks;
  const auto id = hooks.add(row.before, row.point, plugin(), row.options, throughBorder(*border_, row));
  ledger_.add(nameOf(row), [&hooks, id] { hooks.remove(id); });
}

void Activation::add(Plan::Service& row) {
  kit_.services.add(row.name, plugin(),
                    [border = border_, &row, &site = border_->site("service " + row.name)](const Json& argument) {
                      return valueOf(border->call(site, [&] { return row.function(argument); }));
                    });
  ledger_.add("service " + row.name, [&services = kit_.services, name = row.name] { services.remove(name); });
}

void Activation::add(Plan::Credential& row) {
  auto* tokens = kit_.host.tokens;
  if (tokens == nullptr) return;
  const auto name = "credential " + row.prefix;
  tokens->addCredential(
      row.prefix,
      [border = border_, &row, &site = border_->site(name)](const std::string& text) -> std::optional<auth::Identity> {
        auto holder = valueOf(border->call(site, [&] { return row.check(text); }));
        if (!holder) return std::nullopt;
        return auth::Identity{holder->subject, holder->service ? "" : holder->role, holder->service,
                              holder->expiresAt.value_or(never)};
      });
  ledger_.add(name, [tokens, prefix = row.prefix] { tokens->removeCredential(prefix); });
}

void Activation::add(Plan::Timer& row) {
  const auto name = "timer every " + std::to_string(row.interval.count()) + " ms";
  const auto id = kit_.timers.add(row.interval, [border = border_, &row, &site = border_->site(name)] {
    (void)border->call(site, [&] { return row.task(), std::monostate{}; });
  });
  ledger_.add(name, [&timers = kit_.timers, id] { timers.remove(id); });
}

void Activation::add(Plan::DataSubject& row) {
  auto& exportSite = border_->site("data export");
  auto& eraseSite = border_->site("data erasure");
  kit_.subjects.add(plugin(),
                    {[border = border_, &row, &exportSite](const std::string& userId, const std::string& from) {
                       return valueOf(border->call(exportSite, [&] { return row.exportData(userId, from); }));
                     },
                     [border = border_, &row, &eraseSite](const std::string& userId) {
                       valueOf(border->call(eraseSite, [&] { return row.eraseData(userId), std::monostate{}; }));
                     }});
  ledger_.add("data subject", [&subjects = kit_.subjects, plugin = plugin()] { subjects.remove(plugin); });
}

void Activation::add(const char* what, const HostServices::Types& types, const std::string& type) {
  if (!types.allow) return;
  types.allow(type);
  ledger_.add(std::string(what) + " " + type, [&remove = types.remove, type] { remove(type); });
}

}  // namespace

HookTable::Function throughBorder(Border& border, const Plan::Hook& row) {
  return
      [border = border.shared_from_this(), &row, before = row.before, &site = border.site(nameOf(row))](void* subject) {
        bool entered = false;
        const auto result = border->call(site, [&] {
          entered = true;
          return row.function(subject), std::monostate{};
        });
        if (!entered) throw HookTable::Missing{};
        if (result) return;
        if (result.error().code() == ErrorCode::Internal) throw std::runtime_error(result.error().what());
        if (!before) border->countUntaken(site);  // the row may be gone with its plugin by now
        throw Error(result.error());
      };
}

void goLive(Plan& plan, Border& border, const Kit& kit, Ledger& ledger) {
  Activation activation(border, kit, ledger);
  // What others rely on comes first, what lets clients in comes last.
  for (const auto& type : plan.messageTypes) activation.add("message type", kit.host.messageTypes, type);
  for (const auto& type : plan.sessionTypes) activation.add("session type", kit.host.sessionTypes, type);
  for (auto& row : plan.services) activation.add(row);
  for (auto& row : plan.dataSubjects) activation.add(row);
  for (auto& row : plan.hooks) activation.add(row);
  for (auto& row : plan.credentials) activation.add(row);
  for (auto& row : plan.timers) activation.add(row);
  for (auto& row : plan.events) activation.add(row);
  for (auto& row : plan.spaces) activation.add(row);
  for (auto& row : plan.routes) activation.add(row);
}

}  // namespace parley::plugin
