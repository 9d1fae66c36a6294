// SPDX-License-Identifier: Apache-2.0
#include "base/texts.h"

#include "base/failure.h"

#include <gtest/gtest.h>

namespace parley::base {

namespace {

Json json(const char* text) {
  return boost::json::parse(text);
}

std::string messageOf(const Error& error, const Locale& locale) {
  return std::string(textOf(failure(error, locale), "message"));
}

const Error tooLate(ErrorCode::Forbidden, "too late", {"recall.tooLate", {{"seconds", "120"}}});

}  // namespace

TEST(Texts, AreChosenByQuality) {
  const Texts texts;
  EXPECT_EQ(texts.choose(""), "");
  EXPECT_EQ(texts.choose("en-GB, zh;q=0.5"), "en");
  EXPECT_EQ(texts.choose("en;q=0.3, zh-TW;q=0.7"), "zh-CN");
  EXPECT_EQ(texts.choose("en;q=0.3,zh-Hant-TW ; q=0.7"), "zh-CN");
  EXPECT_EQ(texts.choose("fr, de;q=0.9"), "");
  EXPECT_EQ(texts.choose("EN"), "en");
  EXPECT_EQ(texts.choose("zh-cn"), "zh-CN");
  EXPECT_EQ(texts.choose("fr, *, en;q=0.1"), "");
  EXPECT_EQ(texts.choose("en;q=0, zh;q=0"), "");
  EXPECT_EQ(texts.choose("en-US, en;q=0"), "");
  EXPECT_EQ(texts.choose("english, e, z"), "");
  EXPECT_EQ(texts.choose(";;q=,,,q=x"), "");
  EXPECT_EQ(texts.choose("en;q=x;y, zh;q=0.001"), "zh-CN");
}

TEST(Texts, APluginsTextTakesThePlaceOfTheGeneralOne) {
  Texts texts;
  const Locale english{"en", &texts};
  const Locale chinese{"zh-CN", &texts};
  const auto general = messageOf(Error(ErrorCode::Forbidden, ""), english);
  EXPECT_EQ(messageOf(tooLate, english), general);
  texts.set("recall", json(R"({"en": {"recall.tooLate": "Only within {seconds} s, {seconds}"},
                               "zh-CN": {"recall.tooLate": "超过{seconds}秒"},
                               "fr": {"recall.tooLate": "trop tard"}})"));
  EXPECT_EQ(messageOf(tooLate, english), "Only within 120 s, 120");
  EXPECT_EQ(messageOf(tooLate, chinese), "超过120秒");
  EXPECT_FALSE(texts.offers("fr")) << "most failures have no text in it";
  EXPECT_EQ(textOf(failure(tooLate, english), "error"), "too late");
  texts.remove("recall");
  EXPECT_EQ(messageOf(tooLate, english), general);
}

TEST(Texts, TheIntegratorsOwnComeFirstAndBringLanguages) {
  Texts texts;
  texts.set("recall",
            json(R"({"en": {"recall.tooLate": "Only within {seconds} s"}, "fr": {"recall.tooLate": "trop tard"}})"));
  texts.setOwn(
      json(R"({"en": {"NOT_FOUND": "Nothing here"}, "ja": {"FORBIDDEN": "できません"}, "fr": {"NOT_FOUND": "Rien"}})"));
  EXPECT_TRUE(texts.offers("ja"));
  EXPECT_EQ(texts.choose("ja-JP, en;q=0.5"), "ja");
  const Error notFound(ErrorCode::NotFound, "");
  EXPECT_EQ(messageOf(notFound, {"en", &texts}), "Nothing here");
  EXPECT_EQ(messageOf(tooLate, {"ja", &texts}), "できません") << "the client's language before the exact text";
  EXPECT_EQ(messageOf(tooLate, {"fr", &texts}), "trop tard");
  EXPECT_EQ(messageOf(notFound, {"ja", &texts}), "请求的内容不存在");
  texts.setOwn(json(R"({"en": {"recall.tooLate": "Too late"}})"));
  EXPECT_FALSE(texts.offers("ja"));
  EXPECT_EQ(messageOf(tooLate, {"en", &texts}), "Too late");
}

TEST(Texts, WhatIsMissingInALanguageIsTakenFromTheFallback) {
  Texts texts("en");
  texts.setOwn(json(R"({"ja": {"FORBIDDEN": "できません"}})"));
  EXPECT_EQ(messageOf(tooLate, {"ja", &texts}), "できません");
  EXPECT_EQ(messageOf(Error(ErrorCode::NotFound, ""), {"ja", &texts}), "Not found");
}

TEST(Texts, AreRefusedWithThePlaceThatIsWrong) {
  Texts texts;
  const auto refusal = [&](const char* text) {
    try {
      texts.set("recall", json(text));
    } catch (const Error& error) {
      return error.detail();
    }
    return std::string("taken");
  };
  EXPECT_EQ(refusal("[]"), "texts must be an object of languages");
  EXPECT_EQ(refusal(R"({"en": 1})"), "en must be an object of texts");
  EXPECT_EQ(refusal(R"({"en": {"recall.tooLate": 1}})"), "en: recall.tooLate must be a string");
  EXPECT_EQ(refusal(R"({"en": {"NOT_FOUND": "mine"}})"), "en: NOT_FOUND must begin with recall.");
  EXPECT_EQ(refusal("{}"), "taken");
}

TEST(Failure, HasTheFourMembersOfTheContract) {
  const auto object = failure(Error(ErrorCode::NotFound, "no session x"), chooseLocale("en"));
  EXPECT_EQ(boost::json::serialize(object),
            R"({"success":false,"message":"Not found","error":"no session x","code":"NOT_FOUND"})");
  EXPECT_EQ(messageOf(Error(ErrorCode::NotFound, ""), {}), "请求的内容不存在");
}

TEST(Failure, EveryCodeHasATextInBothLanguages) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::Unavailable); ++i) {
    const Error error(static_cast<ErrorCode>(i), "");
    EXPECT_NE(messageOf(error, {"en"}), codeName(error.code()));
    EXPECT_NE(messageOf(error, {"zh-CN"}), messageOf(error, {"en"}));
  }
}

TEST(Failure, FallsBackToTheConfiguredLanguage) {
  const Locale english{"en", nullptr};
  EXPECT_EQ(chooseLocale("", english).name, "en");
  EXPECT_EQ(chooseLocale("fr", english).name, "en");
  EXPECT_EQ(chooseLocale("zh", english).name, "zh-CN");
  EXPECT_EQ(chooseLocale("fr").name, "zh-CN");
}

}  // namespace parley::base
