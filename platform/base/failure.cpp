// SPDX-License-Identifier: Apache-2.0
#include "base/failure.h"

#include <cctype>
#include <cstdlib>

namespace parley::base {

namespace {

struct Texts {
  std::string_view zh;
  std::string_view en;
};

constexpr Texts textsOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::ValidationFailed: return {"请求参数无效", "The request is not valid"};
    case ErrorCode::Unauthenticated: return {"请先登录", "Please sign in"};
    case ErrorCode::Forbidden: return {"没有权限执行此操作", "You are not allowed to do this"};
    case ErrorCode::NotFound: return {"请求的内容不存在", "Not found"};
    case ErrorCode::FeatureDisabled: return {"该功能未启用", "This feature is switched off"};
    case ErrorCode::Conflict: return {"与现有数据冲突", "This conflicts with what is there already"};
    case ErrorCode::PayloadTooLarge: return {"内容过大", "The content is too large"};
    case ErrorCode::UnsupportedType: return {"不支持的内容类型", "This type of content is not supported"};
    case ErrorCode::RateLimited: return {"操作过于频繁，请稍后再试", "Too many requests, please try again later"};
    case ErrorCode::Internal: return {"服务器内部错误", "Something went wrong on the server"};
    case ErrorCode::Unavailable:
      return {"服务暂时不可用，请稍后再试", "The service is not available right now, please try again"};
  }
  return {"服务器内部错误", "Something went wrong on the server"};
}

bool startsWithNoCase(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (std::size_t i = 0; i < prefix.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(text[i])) != prefix[i]) return false;
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

double qualityOf(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1;
  return std::strtod(std::string(parameters.substr(at + 2)).c_str(), nullptr);
}

}  // namespace

std::string chooseLocale(std::string_view acceptLanguage, std::string_view fallback) {
  std::string best(fallback);
  double bestQuality = 0;
  while (!acceptLanguage.empty()) {
    const auto comma = acceptLanguage.find(',');
    const auto item = trim(acceptLanguage.substr(0, comma));
    acceptLanguage = comma == std::string_view::npos ? std::string_view{} : acceptLanguage.substr(comma + 1);
    const auto semicolon = item.find(';');
    const auto language = trim(item.substr(0, semicolon));
    const auto quality = semicolon == std::string_view::npos ? 1.0 : qualityOf(item.substr(semicolon));
    if (quality <= bestQuality) continue;
    if (startsWithNoCase(language, "zh")) {
      best = "zh-CN";
    } else if (startsWithNoCase(language, "en")) {
      best = "en";
    } else {
      continue;
    }
    bestQuality = quality;
  }
  return best;
}

JsonObject failure(const Error& error, std::string_view locale) {
  const auto texts = textsOf(error.code());
  return {{"success", false},
          {"message", locale.substr(0, 2) == "zh" ? texts.zh : texts.en},
          {"error", error.detail()},
          {"code", codeName(error.code())}};
}

}  // namespace parley::base
