// SPDX-License-Identifier: Apache-2.0
#include "chat/session_changes.h"

#include "base/id.h"
#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"

#include <parley/fields.h>

#include <algorithm>
#include <utility>

namespace parley::chat {

namespace {

constexpr std::size_t strands = 16;
constexpr std::size_t writesPerStep = 500;

using Ids = std::vector<std::string>;

/// Each once; all of them valid.
Ids distinct(const char* name, Ids userIds) {
  std::sort(userIds.begin(), userIds.end());
  userIds.erase(std::unique(userIds.begin(), userIds.end()), userIds.end());
  for (const auto& userId : userIds)
    if (!isValidId(userId)) Fields::fail(name, "has something that is not a user id");
  return userIds;
}

void setExtra(Update& update, const JsonObject& extra) {
  for (const auto& [name, value] : extra) {
    if (name.find('.') != std::string_view::npos) Fields::fail("extra", "has a name with a dot");
    const auto path = "extra." + std::string(name);
    if (value.is_null())
      update.unset(path);
    else
      update.set(path, value);
  }
}

const Place& placeOf(const Members& members, const std::string& userId) {
  const auto* place = members.find(userId);
  if (place == nullptr) throw Error(ErrorCode::NotFound, "the user is not a member of this session");
  return *place;
}

/// Who owns a session next.
std::string heirOf(const Members& members) {
  const auto list = members.inOrderOfJoining();
  if (list.empty()) return {};
  const auto admin =
      std::find_if(list.begin(), list.end(), [](const Member& member) { return member.role == "admin"; });
  return admin == list.end() ? list.front().userId : admin->userId;
}

/// Who is gone from a private session, one more included.
JsonArray goneWith(Store& store, const std::string& sessionId, const std::string& userId) {
  const auto document = findSession(store, sessionId);
  auto gone = document ? goneFrom(*document) : Ids();
  gone.push_back(userId);
  return JsonArray(gone.begin(), gone.end());
}

/// Who leaves while muted, and is brought back, is muted still.
Write keepMute(const std::string& sessionId, const std::string& userId, Time until) {
  return upsertReadState(sessionId, userId, Update().set("mutedUntil", Json(toIso8601(until))));
}

/// Gives those who come back their mutes, which are no longer kept then.
std::vector<Write> takeMutes(Store& store, const std::string& sessionId, const Ids& userIds, Members& members) {
  std::vector<Write> writes;
  JsonArray ids;
  for (const auto& userId : userIds) ids.emplace_back(memberId(sessionId, userId));
  for (const auto& kept :
       store.find(collections::readStates, where("_id").in(std::move(ids)) && where("mutedUntil").exists())) {
    const auto userId = stringOf(kept, "userId");
    auto place = *members.find(userId);
    place.mutedUntil = timeOf(kept, "mutedUntil");
    members.set(userId, std::move(place));
    writes.push_back(
        Write::updateOne(collections::readStates, where("_id") == kept.at("_id"), Update().unset("mutedUntil")));
  }
  return writes;
}

Write setRole(const std::string& sessionId, const std::string& userId, const char* role) {
  return Write::updateOne(collections::members, where("_id") == Json(memberId(sessionId, userId)),
                          Update().set("role", Json(role)));
}

}  // namespace

SessionChanges::SessionChanges(Core& core, SessionMembers& members, const TypeNames& types)
    : core_(core), members_(members), types_(types) {
  for (std::size_t i = 0; i < strands; ++i) order_.emplace_back(core.pool, core.options.maxWaitingChanges);
}

void SessionChanges::checkType(const std::string& type) const {
  if (!types_.allowed(type)) throw Error(ErrorCode::FeatureDisabled, type + " sessions are switched off");
}

Session SessionChanges::create(const Sessions::NewSession& wanted) {
  const auto visit = core_.erased.visit();
  if (wanted.type.empty() || wanted.type == "private") Fields::fail("type", "must be one of several users");
  checkType(wanted.type);
  auto userIds = wanted.userIds;
  if (!wanted.ownerId.empty()) userIds.push_back(wanted.ownerId);
  Members members;
  Place place;
  place.joinedAt = core_.clock.now();
  members.add(distinct("userIds", std::move(userIds)), place);
  if (members.userIds.empty()) Fields::fail("userIds", "must not be empty");
  core_.erased.refuse(members.userIds);
  if (!wanted.ownerId.empty()) {
    members_.checkRoomFor(wanted.ownerId);
    place.role = "admin";  // what an owner is once another one has it
    members.set(wanted.ownerId, place);
  }
  members.sessionType = wanted.type;
  members.ownerId = wanted.ownerId;

  const auto now = toIso8601(place.joinedAt);
  Document document{{"_id", base::newObjectId(place.joinedAt)},
                    {"participants", JsonArray{}},
                    {"sessionType", wanted.type},
                    {"sessionName", wanted.name},
                    {"memberCount", members.userIds.size()},
                    {"extra", wanted.extra},
                    {"lastMessageTime", now},
                    {"createdAt", now},
                    {"updatedAt", now}};
  if (!wanted.ownerId.empty()) document["ownerId"] = wanted.ownerId;
  storeNew(document, members);
  auto session = toSession(document);
  members_.put(session.id, std::make_shared<const Members>(std::move(members)));
  core_.hooks.after<hooks::SessionCreated>(session);
  return session;
}

/// The members first: a session that is there has its members, even after a crash in between.
void SessionChanges::storeNew(const Document& session, const Members& members) {
  const auto id = stringOf(session, "_id");
  try {
    std::vector<Write> writes;
    for (std::size_t i = 0; i < members.userIds.size(); ++i) {
      writes.push_back(Write::insert(collections::members, memberDocument(id, members.userIds[i], members.places[i])));
      if (writes.size() == writesPerStep) core_.write(std::exchange(writes, {}));
    }
    writes.push_back(Write::insert(collections::sessions, session));
    core_.write(std::move(writes));
  } catch (const Error&) {
    if (!members_.isStoredAfterAll(id)) throw;
  }
}

/// Refused while no plugin has the session's type, or too much waits.
SessionChanges::Plan SessionChanges::checked(Plan plan) const {
  if (*waiting_ >= core_.options.maxWaitingChanges)
    throw Error(ErrorCode::Unavailable, "too many changes of sessions are waiting");
  return [this, plan = std::move(plan)](const SharedMembers& now) {
    checkType(now->sessionType);
    return plan(now);
  };
}

/// Carries a planned change out and has it told; gives the session as it is then. What was changed is told even when
/// the session cannot be read by then: as it was before, that is.
Session SessionChanges::apply(const std::string& id, const Plan& plan, Tell tell) {
  Session session;
  const auto look = [&] {
    const auto document = core_.store.findOne(collections::sessions, where("_id") == Json(id));
    if (document) session = toSession(*document);
    return document.has_value();
  };
  const auto lookFirst = [&](const SharedMembers& now) {
    auto step = plan(now);
    if (!step.writes.empty()) look();
    return step;
  };
  members_.change(id, lookFirst, [&] {
    try {
      if (!look()) return;
    } catch (const Error& error) {
      base::log("chat").warn("a change of session {} is told with the session before it: {}", id, error.detail());
    }
    ++*waiting_;
    orderOf(id).postAccepted(
        [session, tell = std::move(tell), waiting = waiting_, request = std::string(base::LogContext::current())] {
          const base::LogContext context(request);
          tell(session);
          --*waiting;
        });
  });
  return session;
}

void SessionChanges::tellMembers(const Session& session, Ids joined, Ids left, Ids changed,
                                 const std::string& byUserId) const {
  core_.hooks.after<hooks::MembersChanged>({session, std::move(joined), std::move(left), std::move(changed), byUserId});
}

Write SessionChanges::touch(const std::string& id, Update update) const {
  update.set("updatedAt", Json(toIso8601(core_.clock.now())));
  return Write::updateOne(collections::sessions, where("_id") == Json(id) && !where("removedAt").exists(),
                          std::move(update));
}

Session SessionChanges::update(const std::string& id, const Sessions::Change& change) {
  const auto plan = [&](const SharedMembers& now) {
    if (change.ifOwner && now->ownerId != *change.ifOwner)
      throw Error(ErrorCode::Conflict, "the session has another owner");
    Update update;
    if (change.name) update.set("sessionName", Json(*change.name));
    setExtra(update, change.extra);
    Step step;
    auto next = std::make_shared<Members>(*now);
    if (change.ownerId && *change.ownerId != now->ownerId) {
      if (now->isPrivate) Fields::fail("ownerId", "cannot be set: nobody owns a private session");
      placeOf(*now, *change.ownerId);
      update.set("ownerId", Json(*change.ownerId));
      next->ownerId = *change.ownerId;
      if (now->has(now->ownerId)) {
        auto former = *now->find(now->ownerId);
        former.role = "admin";
        next->set(now->ownerId, former);
        step.writes.push_back(setRole(id, now->ownerId, "admin"));
      }
    }
    step.writes.push_back(touch(id, std::move(update)));
    if (change.ownerId) {
      // Another node may have been first; then nothing of this is done but, at most, the former owner's role.
      auto& decisive = step.writes.back().filter;
      decisive = std::move(decisive) &&
                 (now->ownerId.empty() ? !where("ownerId").exists() : where("ownerId") == Json(now->ownerId));
      std::swap(step.writes.front(), step.writes.back());
    }
    step.next = std::move(next);
    return step;
  };
  return apply(id, checked(plan), [&core = core_, change](const Session& session) {
    core.hooks.after<hooks::SessionUpdated>({session, change, change.byUserId});
  });
}

Ids SessionChanges::addMembers(const std::string& id, const Ids& userIds, bool seeHistory, const std::string& byUserId,
                               std::int64_t maxMembers) {
  const auto visit = core_.erased.visit();
  const auto wanted = distinct("userIds", userIds);
  core_.erased.refuse(wanted);
  const auto joined = std::make_shared<Ids>();
  const auto plan = [&](const SharedMembers& now) {
    if (now->isPrivate) Fields::fail("sessionId", "is a private session, nobody else can join");
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(*joined),
                 [&](const std::string& userId) { return !now->has(userId); });
    if (joined->empty()) return Step{};
    if (maxMembers > 0 && now->userIds.size() + joined->size() > static_cast<std::size_t>(maxMembers))
      throw Error(ErrorCode::Conflict, "the session may have at most " + std::to_string(maxMembers) + " members",
                  {"session.full", {{"count", std::to_string(maxMembers)}}});
    Place place;
    place.joinedAt = core_.clock.now();
    if (!seeHistory) place.visibleFrom = highestSeq(core_.store, id) + 1;
    auto next = std::make_shared<Members>(*now);
    next->add(*joined, place);
    auto mutes = takeMutes(core_.store, id, *joined, *next);
    Step step;
    for (const auto& userId : *joined)
      step.writes.push_back(Write::insert(collections::members, memberDocument(id, userId, *next->find(userId))));
    step.writes.push_back(touch(id, Update().increment("memberCount", static_cast<std::int64_t>(joined->size()))));
    std::move(mutes.begin(), mutes.end(), std::back_inserter(step.writes));
    step.next = std::move(next);
    return step;
  };
  apply(id, checked(plan),
        [this, joined, byUserId](const Session& session) { tellMembers(session, *joined, {}, {}, byUserId); });
  return *joined;
}

bool SessionChanges::removeMember(const std::string& id, const std::string& userId, const std::string& byUserId) {
  bool removed = false;
  const auto plan = [&](const SharedMembers& now) {
    if (now->isPrivate) Fields::fail("sessionId", "is a private session, nobody can leave it");
    if (!now->has(userId)) return Step{};
    if (now->ownerId == userId)
      throw Error(ErrorCode::Conflict, "the owner hands the session over before leaving it", {"session.ownerFirst"});
    removed = true;
    Step step;
    if (const auto until = now->find(userId)->mutedUntil; until > core_.clock.now())
      step.writes.push_back(keepMute(id, userId, *until));
    step.writes.push_back(
        {Write::Kind::RemoveOne, collections::members, {}, where("_id") == Json(memberId(id, userId)), {}});
    step.writes.push_back(touch(id, Update().increment("memberCount", -1)));
    auto next = std::make_shared<Members>(*now);
    next->remove(userId);
    step.next = std::move(next);
    return step;
  };
  apply(id, checked(plan),
        [this, userId, byUserId](const Session& session) { tellMembers(session, {}, {userId}, {}, byUserId); });
  return removed;
}

Member SessionChanges::updateMember(const std::string& id, const std::string& userId,
                                    const Sessions::MemberChange& change) {
  Member member;
  const auto plan = [&](const SharedMembers& now) {
    if (now->isPrivate) Fields::fail("sessionId", "is a private session, its members have no roles");
    auto place = placeOf(*now, userId);
    Update update;
    if (change.role) {
      if (*change.role != "admin" && *change.role != "member") Fields::fail("role", "must be one of admin, member");
      if (userId == now->ownerId)
        throw Error(ErrorCode::Conflict, "the owner hands the session over first", {"session.ownerFirst"});
      place.role = *change.role;
      update.set("role", Json(place.role));
    }
    if (change.mutedUntil) {
      place.mutedUntil = *change.mutedUntil;
      if (place.mutedUntil)
        update.set("mutedUntil", Json(toIso8601(*place.mutedUntil)));
      else
        update.unset("mutedUntil");
    }
    auto next = std::make_shared<Members>(*now);
    next->set(userId, place);
    member = *next->member(userId);
    Step step;
    if (update.steps().empty()) return step;
    step.writes.push_back(
        Write::updateOne(collections::members, where("_id") == Json(memberId(id, userId)), std::move(update)));
    step.next = std::move(next);
    return step;
  };
  apply(id, checked(plan),
        [this, userId, by = change.byUserId](const Session& session) { tellMembers(session, {}, {}, {userId}, by); });
  return member;
}

void SessionChanges::expel(const std::string& id, const std::string& userId, const std::function<void()>& quiet) {
  const auto next = std::make_shared<Members>();
  const auto heir = std::make_shared<std::string>();
  const auto plan = [&](const SharedMembers& now) {
    *next = *now;
    next->lease = std::make_shared<Lease>();
    Update update;
    if (now->has(userId)) {
      next->remove(userId);
      next->isClosed = now->isPrivate;
      if (now->isPrivate)
        update.set("gone", goneWith(core_.store, id, userId));
      else
        update.increment("memberCount", -1);
    }
    if (now->ownerId == userId) {
      next->ownerId = *heir = heirOf(*next);
      update.set("ownerId", Json(*heir));
    }
    // The place last: after a crash in between it tells that the session is still to be left.
    Step step;
    step.writes.push_back(touch(id, std::move(update)));
    const auto place = where("_id") == Json(memberId(id, userId));
    if (now->has(userId))
      step.writes.push_back({Write::Kind::RemoveOne, collections::members, {}, place, {}});
    else  // there after such a crash; somebody else may have removed it
      core_.store.remove(collections::members, place);
    // Messages that are admitted from now on are held up by nobody: their lease is held until this one is over.
    now->lease->atEnd = [quiet, later = next->lease] { quiet(); };
    step.next = next;
    return step;
  };
  apply(id, plan, [this, userId, heir](const Session& session) {
    if (!heir->empty()) core_.hooks.after<hooks::SessionUpdated>({session, {.ownerId = *heir}, ""});
    tellMembers(session, {}, {userId}, {}, "");
  });
}

void SessionChanges::retire(const std::string& id, const std::string& byUserId, std::function<void()> atEnd) {
  SharedMembers last;
  const auto plan = [&](const SharedMembers& now) {
    last = now;
    Update update;
    update.set("removedAt", Json(toIso8601(core_.clock.now()))).set("removedBy", byUserId).unset("pairKey");
    return Step{{touch(id, std::move(update))}, nullptr};
  };
  members_.change(id, plan, [&] { last->lease->atEnd = std::move(atEnd); });
}

}  // namespace parley::chat
