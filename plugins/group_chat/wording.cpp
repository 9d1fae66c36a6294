// SPDX-License-Identifier: Apache-2.0
#include "wording.h"

namespace group_chat {

std::string_view actionOf(Happening what) {
  switch (what) {
    case Happening::Joined:
    case Happening::CameIn: return "joined";
    case Happening::Left: return "left";
    case Happening::Removed: return "removed";
    case Happening::Renamed: return "renamed";
    case Happening::Announced:
    case Happening::AnnouncementGone: return "announced";
    case Happening::NewOwner: return "owner";
  }
  return "";
}

std::string sentence(Happening what, bool inChinese, const std::string& by, const std::string& whom,
                     const std::string& text) {
  switch (what) {
    case Happening::Joined: return inChinese ? by + "邀请" + whom + "加入了群聊" : by + " added " + whom;
    case Happening::CameIn: return inChinese ? whom + "加入了群聊" : whom + " joined";
    case Happening::Left: return inChinese ? whom + "退出了群聊" : whom + " left";
    case Happening::Removed: return inChinese ? by + "将" + whom + "移出了群聊" : by + " removed " + whom;
    case Happening::Renamed:
      return inChinese ? by + "将群名称修改为“" + text + "”" : by + " named the group “" + text + "”";
    case Happening::Announced: return inChinese ? by + "发布了群公告：" + text : by + " announced: " + text;
    case Happening::AnnouncementGone: return inChinese ? by + "清除了群公告" : by + " removed the announcement";
    case Happening::NewOwner: return inChinese ? whom + "成为新的群主" : whom + " is the new owner";
  }
  return "";
}

std::string listOfNames(const std::vector<std::string>& first, std::size_t total, bool inChinese) {
  std::string text;
  for (const auto& name : first) text += (text.empty() ? "" : inChinese ? "、" : ", ") + name;
  if (total <= first.size()) return text;
  const auto more = std::to_string(total - first.size());
  return inChinese ? text + "等" + std::to_string(total) + "人" : text + " and " + more + " more";
}

}  // namespace group_chat
