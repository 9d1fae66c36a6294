// SPDX-License-Identifier: Apache-2.0
#include "host/settings_print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parley::host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The member under a dotted key; each level is found through `step` ("properties" in a schema, "" in a config).
const Json* memberAt(const Json& root, std::string_view key, std::string_view step) {
  const Json* at = &root;
  for (bool last = false; !last && at != nullptr;) {
    const auto dot = key.find('.');
    last = dot == std::string_view::npos;
    if (!step.empty()) at = at->get_object().if_contains(step);
    if (at != nullptr) at = at->get_object().if_contains(key.substr(0, dot));
    if (!last) key.remove_prefix(dot + 1);
  }
  return at;
}

Settings withPlugin(const Sources& sources = {}) {
  Settings settings(sources);
  settings.addPlugin("echo", R"({"settings": {"maxLength": {"type": "integer", "default": 100, "minimum": 1,
                                 "maximum": 1000, "description": "Longest text.", "unit": "bytes"}}})");
  return settings;
}

TEST(SettingsPrintTest, SchemaSaysWhatTheTableSays) {
  const auto settings = withPlugin();
  const auto schema = boost::json::parse(printSchema(settings));
  for (const auto& setting : settings.table()) {
    const auto* found = memberAt(schema, setting.key, "properties");
    ASSERT_NE(found, nullptr) << setting.key;
    const auto& row = found->as_object();
    EXPECT_EQ(row.at("default"), setting.fallback) << setting.key;
    EXPECT_THAT(std::string(row.at("description").as_string()), HasSubstr(setting.description));
    switch (setting.type) {
      case Setting::Type::Flag: EXPECT_EQ(row.at("type"), "boolean"); break;
      case Setting::Type::List: EXPECT_EQ(row.at("items").at("type"), "string"); break;
      case Setting::Type::Text:
        EXPECT_EQ(row.contains("enum"), !setting.choices.empty()) << setting.key;
        if (!setting.choices.empty()) {
          EXPECT_EQ(row.at("enum"), boost::json::value_from(setting.choices));
        }
        break;
      case Setting::Type::Integer:
        EXPECT_EQ(row.at("minimum"), setting.min) << setting.key;
        EXPECT_EQ(row.at("maximum"), setting.max) << setting.key;
        break;
    }
  }
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("properties").at("server").at("additionalProperties"), false);
}

TEST(SettingsPrintTest, ConfigHoldsEveryEffectiveValue) {
  const auto settings = withPlugin({"", {}, {{"server.port", "81"}}});
  const auto config = boost::json::parse(printConfig(settings));
  for (const auto& setting : settings.table()) {
    const auto* found = memberAt(config, setting.key, "");
    ASSERT_NE(found, nullptr) << setting.key;
    EXPECT_EQ(*found, settings.get(setting.key)) << setting.key;
  }
  EXPECT_EQ(config.at("server").at("port"), 81);
}

TEST(SettingsPrintTest, SecretsAreNeverPrinted) {
  const auto config = printConfig(withPlugin({"", {}, {{"auth.jwt.secret", "hidden"}}}));
  EXPECT_THAT(config, Not(HasSubstr("hidden")));
  EXPECT_THAT(config, HasSubstr(R"("secret": "********")"));
}

TEST(SettingsPrintTest, SoAreThoseOfPlugins) {
  Settings settings({"", {}, {{"plugins.echo.key", "hidden"}}});
  settings.addPlugin("echo",
                     R"({"settings": {"key": {"type": "string", "default": "", "secret": true, "description": "x"}}})");
  const auto config = printConfig(settings);
  EXPECT_THAT(config, Not(HasSubstr("hidden")));
  EXPECT_THAT(config, HasSubstr(R"("key": "********")"));
  EXPECT_THAT(printDocs(settings), HasSubstr("PARLEY_PLUGINS_ECHO_KEY_FILE"));
}

TEST(SettingsPrintTest, DocsHaveARowForEachSetting) {
  const auto settings = withPlugin();
  const auto docs = printDocs(settings);
  for (const auto& setting : settings.table()) EXPECT_THAT(docs, HasSubstr("| `" + setting.key + "` |"));
  EXPECT_THAT(docs, HasSubstr("an integer from 1 to 1000 (bytes)"));
  EXPECT_THAT(docs, HasSubstr("PARLEY_AUTH_JWT_SECRET_FILE"));
}

}  // namespace
}  // namespace parley::host
