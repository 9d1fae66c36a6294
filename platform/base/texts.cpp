// SPDX-License-Identifier: Apache-2.0
#include "base/texts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <utility>

namespace parley::base {

namespace {

struct BuiltIn {
  const char* key;
  const char* zh;
  const char* en;
};

constexpr std::array<BuiltIn, 19> builtIn = {{
    {"VALIDATION_FAILED", "请求参数无效", "The request is not valid"},
    {"UNAUTHENTICATED", "请先登录", "Please sign in"},
    {"FORBIDDEN", "没有权限执行此操作", "You are not allowed to do this"},
    {"NOT_FOUND", "请求的内容不存在", "Not found"},
    {"FEATURE_DISABLED", "该功能未启用", "This feature is switched off"},
    {"CONFLICT", "与现有数据冲突", "This conflicts with what is there already"},
    {"PAYLOAD_TOO_LARGE", "内容过大", "The content is too large"},
    {"UNSUPPORTED_TYPE", "不支持的内容类型", "This type of content is not supported"},
    {"RATE_LIMITED", "操作过于频繁，请稍后再试", "Too many requests, please try again later"},
    {"INTERNAL", "服务器内部错误", "Something went wrong on the server"},
    {"UNAVAILABLE", "服务暂时不可用，请稍后再试", "The service is not available right now, please try again"},
    {"access.anotherUser", "不能以其他用户的身份操作", "You cannot act for another user"},
    {"access.notParticipant", "你不是该会话的成员", "You do not take part in this conversation"},
    {"session.muted", "你已被禁言，暂时不能发送消息", "You are muted and cannot write for now"},
    {"session.otherErased", "对方已注销，无法再发送消息",
     "The other user has been erased, nothing can be sent any more"},
    {"user.erased", "该用户已注销", "This user has been erased"},
    {"session.tooMany", "参与的会话不能超过{count}个", "There can be at most {count} conversations"},
    {"session.full", "该群最多{count}人", "There can be at most {count} members"},
    {"session.ownerFirst", "群主需要先转让该群", "The owner hands the group over first"},
}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Range {
  std::string_view tag;
  double quality = 1;
};

/// The language ranges, the most wanted first; what is malformed is left out.
std::vector<Range> rangesOf(std::string_view acceptLanguage) {
  constexpr std::size_t most = 32;
  std::vector<Range> ranges;
  while (!acceptLanguage.empty() && ranges.size() < most) {
    const auto comma = acceptLanguage.find(',');
    const auto item = acceptLanguage.substr(0, comma);
    acceptLanguage = comma == std::string_view::npos ? std::string_view{} : acceptLanguage.substr(comma + 1);
    const auto semicolon = item.find(';');
    Range range{trim(item.substr(0, semicolon))};
    if (semicolon != std::string_view::npos) {
      const auto parameter = trim(item.substr(semicolon + 1));
      if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
      range.quality = std::strtod(std::string(parameter.substr(2)).c_str(), nullptr);
    }
    if (!range.tag.empty()) ranges.push_back(range);
  }
  std::stable_sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.quality > b.quality; });
  return ranges;
}

std::string_view languageOf(std::string_view tag) {
  return tag.substr(0, tag.find('-'));
}

/// By the whole tag, then by ever less of it; "zh" is met by any kind of Chinese.
const std::string* lookUp(const std::vector<std::string>& offered, std::string_view tag) {
  for (auto left = tag; !left.empty();) {
    for (const auto& locale : offered)
      if (same(locale, left)) return &locale;
    const auto dash = left.rfind('-');
    if (dash == std::string_view::npos) break;
    left = left.substr(0, dash);
  }
  for (const auto& locale : offered)
    if (same(languageOf(locale), languageOf(tag))) return &locale;
  return nullptr;
}

std::string fill(std::string text, const Text::Values& values) {
  for (const auto& [name, value] : values) {
    const auto place = "{" + name + "}";
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size()))
      text.replace(at, place.size(), value);
  }
  return text;
}

}  // namespace

Texts::Texts(std::string fallback) : fallback_(std::move(fallback)) {
  merge();
}

void Texts::set(const std::string& plugin, const Json& texts) {
  auto languages = read(texts, plugin + ".");
  const std::lock_guard lock(mutex_);
  plugins_[plugin] = std::move(languages);
  merge();
}

void Texts::remove(const std::string& plugin) {
  const std::lock_guard lock(mutex_);
  if (plugins_.erase(plugin) > 0) merge();
}

void Texts::setOwn(const Json& texts) {
  auto languages = read(texts, "");
  const std::lock_guard lock(mutex_);
  own_ = std::move(languages);
  merge();
}

Texts::Languages Texts::read(const Json& texts, const std::string& prefix) {
  const auto refuse = [](const std::string& why) { throw Error(ErrorCode::ValidationFailed, why); };
  if (!texts.is_object()) refuse("texts must be an object of languages");
  Languages languages;
  for (const auto& language : texts.get_object()) {
    const std::string locale(language.key());
    if (!language.value().is_object()) refuse(locale + " must be an object of texts");
    for (const auto& text : language.value().get_object()) {
      const std::string key(text.key());
      const auto place = std::string(locale).append(": ").append(key);
      if (!text.value().is_string()) refuse(place + " must be a string");
      if (key.rfind(prefix, 0) != 0) refuse(std::string(place).append(" must begin with ").append(prefix));
      languages[locale].emplace(key, text.value().get_string());
    }
  }
  return languages;
}

/// Under the lock, but in the constructor.
void Texts::merge() {
  auto merged = std::make_shared<Merged>();
  for (const auto& [key, zh, en] : builtIn) {
    merged->texts["zh-CN"].emplace(key, zh);
    merged->texts["en"].emplace(key, en);
  }
  merged->offered = {"zh-CN", "en"};
  for (const auto& [plugin, languages] : plugins_)
    for (const auto& [locale, keys] : languages) merged->texts[locale].insert(keys.begin(), keys.end());
  for (const auto& [locale, keys] : own_) {
    for (const auto& [key, text] : keys) merged->texts[locale][key] = text;
    if (std::find(merged->offered.begin(), merged->offered.end(), locale) == merged->offered.end())
      merged->offered.push_back(locale);
  }
  merged_ = std::move(merged);
}

std::shared_ptr<const Texts::Merged> Texts::current() const {
  const std::lock_guard lock(mutex_);
  return merged_;
}

bool Texts::offers(std::string_view locale) const {
  const auto merged = current();
  return std::find(merged->offered.begin(), merged->offered.end(), locale) != merged->offered.end();
}

std::string Texts::choose(std::string_view acceptLanguage) const {
  if (acceptLanguage.empty()) return {};
  const auto merged = current();
  const auto ranges = rangesOf(acceptLanguage);
  const auto unwanted = [&](const std::string& locale) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
      return range.quality <= 0 && (same(range.tag, locale) || same(range.tag, languageOf(locale)));
    });
  };
  for (const auto& range : ranges) {
    if (range.quality <= 0 || range.tag == "*") break;  // what comes after "*" is wanted no more than the default
    if (const auto* locale = lookUp(merged->offered, range.tag); locale != nullptr && !unwanted(*locale))
      return *locale;
  }
  return {};
}

std::string Texts::of(const Error& error, std::string_view locale) const {
  const auto merged = current();
  const auto find = [&](std::string_view language, std::string_view key) -> const std::string* {
    const auto keys = merged->texts.find(language);
    if (keys == merged->texts.end()) return nullptr;
    const auto text = keys->second.find(key);
    return text == keys->second.end() ? nullptr : &text->second;
  };
  for (const auto language : {locale, std::string_view(fallback_), std::string_view("en")}) {
    if (const auto* text = find(language, error.text().key)) return fill(*text, error.text().values);
    if (const auto* text = find(language, codeName(error.code()))) return *text;
  }
  return std::string(codeName(error.code()));
}

}  // namespace parley::base
