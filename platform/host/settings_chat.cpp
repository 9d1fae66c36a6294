// SPDX-License-Identifier: Apache-2.0
#include "host/settings_rows.h"

namespace parley::host {

using namespace settings_units;

void addChatSettings(SettingsTable& t) {
  t.group("chat");
  t.integer("maxContent", 16 * kibi, 1, 1 * mebi, "bytes", Apply::Restart, "The `content` of one message.");
  t.integer("maxWaitingMessages", 1'024, 1, 1'000'000, "", Apply::Restart,
            "Messages of one session that wait to be stored or told; more are UNAVAILABLE.");
  t.integer("maxBatch", 256, 1, 10'000, "", Apply::Restart, "Messages of one session that are stored in one step.");
  t.integer("idleMailboxes", 4'096, 1, 10'000'000, "", Apply::Restart,
            "Sessions whose newest number stays in memory while nobody writes.");
  t.integer("cachedSessions", 16'384, 1, 10'000'000, "", Apply::Restart, "Sessions whose participants are remembered.");
  t.integer("cachedMembers", 500'000, 2, 100'000'000, "", Apply::Restart,
            "Participants of all these sessions together that are remembered; about 100 bytes each.");
  t.integer("maxSessionsPerUser", 10'000, 0, 10'000'000, "", Apply::Restart,
            "Sessions in which one may be who opens another, with somebody or as its owner: CONFLICT beyond. Nobody is "
            "kept from being added by others. 0: no limit.");
  t.integer("shownParticipants", 200, 1, 100'000, "", Apply::Restart,
            "Participants that the session object of a group lists; its `memberCount` tells how many there are.");
  t.integer("maxWaitingChanges", 1'024, 1, 1'000'000, "", Apply::Restart,
            "Changes of sessions that wait to be told; more are UNAVAILABLE.");
  t.integer("maxPendingMarks", 100'000, 1, 100'000'000, "", Apply::Restart,
            "Marks that wait to be stored: of delivery, more are dropped; of reading, more are UNAVAILABLE.");
  t.integer("maxReadRanges", 100, 1, 10'000, "", Apply::Restart,
            "Ranges that a user has read out of order in one session; with more, the oldest gap counts as read.");
  t.integer("readByMembers", 100, 0, 1'000, "", Apply::Restart,
            "In groups of more members, `readBy` of messages is not listed; unread counts stay exact.");
  t.integer("deliveredMembers", 100, 0, 100'000, "", Apply::Restart,
            "In groups of more members, the sender is not told to whom a message was delivered.");
  t.integer("sendTimeout", 15'000, 100, 10 * minute, "ms", Apply::Restart,
            "How long a plugin that sends a message and waits for it may wait.");
}

void addPluginSettings(SettingsTable& t) {
  t.group("plugins");
  t.text("directory", "", Apply::Restart,
         "Where plugins are loaded from. Empty: the `plugins` folder that belongs to the executable.");
  t.integer("maxLibraryBytes", 256 * mebi, 64 * kibi, 16 * gibi, "bytes", Apply::Restart,
            "A larger file is not loaded.");
  t.integer("disableTimeout", 5'000, 0, 10 * minute, "ms", Apply::Restart,
            "How long running calls of a plugin that is switched off may take to end.");
  t.integer("slowCall", 1'000, 1, 1 * hour, "ms", Apply::Restart,
            "A call into a plugin that takes longer is logged; so is its start or its stop, again while it goes on.");
  t.integer("failuresInARow", 20, 0, 1'000'000, "", Apply::Restart,
            "So many failing calls one after another switch a plugin off; 0: never.");
  t.integer("failuresPerMinute", 100, 0, 1'000'000, "", Apply::Restart,
            "So many failing calls within a minute do, too; 0: never.");
}

}  // namespace parley::host
