// SPDX-License-Identifier: Apache-2.0
#include "host/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace parley::host {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* pluginConfig = R"({"settings": {
  "maxLength": {"type": "integer", "default": 100, "minimum": 1, "maximum": 1000, "description": "Longest text."},
  "mode": {"type": "string", "default": "soft", "enum": ["soft", "hard"], "description": "How strict."}
}})";

class SettingsTest : public ::testing::Test {
 protected:
  void TearDown() override {
    for (const auto& path : files_) std::filesystem::remove(path);
  }

  std::string file(const std::string& content) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("parley-settings-" + std::to_string(::getpid()) + "-" + std::to_string(files_.size()));
    std::ofstream(path) << content;
    files_.push_back(path);
    return path;
  }

  /// The message that the sources are refused with; empty when they are not.
  static std::string refusal(const Sources& sources, bool withPlugin = false) {
    try {
      Settings settings(sources);
      if (withPlugin) settings.addPlugin("echo", pluginConfig);
      settings.finish();
      checkTogether(settings);
    } catch (const SettingsError& error) {
      EXPECT_THAT(error.what(), StartsWith(error.key() + ": "));
      return error.what();
    }
    return "";
  }
  std::string refusalOfFile(const std::string& content, bool withPlugin = false) {
    return refusal({file(content), {}, {}}, withPlugin);
  }

  std::vector<std::filesystem::path> files_;
};

TEST_F(SettingsTest, DefaultsAreValidByTheirOwnRules) {
  Settings settings(Sources{});
  for (const auto& setting : settings.table()) {
    EXPECT_EQ(checkedValue(setting, setting.fallback, false, "default"), setting.fallback) << setting.key;
    EXPECT_FALSE(setting.description.empty()) << setting.key;
  }
  EXPECT_EQ(refusal({}), "");
}

TEST_F(SettingsTest, EachLayerIsStrongerThanTheOneBefore) {
  Sources sources;
  EXPECT_EQ(Settings(sources).integer("server.port"), 3000);
  sources.file = file(R"({"server": {"port": 1, "loops": 1}, "log": {"level": "debug"} /* comment */})");
  EXPECT_EQ(Settings(sources).integer("server.port"), 1);
  sources.environment = {{"PARLEY_SERVER_PORT", "2"}, {"parley_server_loops", "2"}, {"PARLEY_SERVER_LOOPS", "2"}};
  EXPECT_EQ(Settings(sources).integer("server.port"), 2);
  sources.overrides = {{"server.port", "3"}, {"server.port", "4"}};
  const Settings settings(sources);
  EXPECT_EQ(settings.integer("server.port"), 4);
  EXPECT_EQ(settings.integer("server.loops"), 2);
  EXPECT_EQ(settings.text("log.level"), "debug");
}

TEST_F(SettingsTest, ReadsEveryTypeFromText) {
  const Settings settings({"",
                           {{"PARLEY_HTTP_CORS_ORIGINS", "https://a.example, https://b.example"}},
                           {{"auth.allowOpenOnNetwork", "true"}, {"log.format", "json"}, {"server.port", "80"}}});
  EXPECT_THAT(settings.list("http.cors.origins"), ElementsAre("https://a.example", "https://b.example"));
  EXPECT_TRUE(settings.flag("auth.allowOpenOnNetwork"));
  EXPECT_EQ(settings.text("log.format"), "json");
  EXPECT_EQ(settings.integer("server.port"), 80);
}

TEST_F(SettingsTest, UnknownKeyIsNamedWithTheNearest) {
  EXPECT_THAT(refusalOfFile(R"({"server": {"prot": 1}})"), StartsWith("server.prot: there is no such setting"));
  EXPECT_THAT(refusalOfFile(R"({"server": {"prot": 1}})"), HasSubstr("did you mean server.port?"));
  EXPECT_THAT(refusalOfFile(R"({"server": 5})"), StartsWith("server: "));
  EXPECT_THAT(refusal({"", {{"PARLEY_SERVER_PROT", "1"}}, {}}), HasSubstr("did you mean PARLEY_SERVER_PORT?"));
  EXPECT_THAT(refusal({"", {}, {{"Server.Port", "1"}}}), HasSubstr("did you mean server.port?"));
  EXPECT_EQ(refusal({"", {}, {{"zzz", "1"}}}),
            "zzz: there is no such setting (--set zzz); --print-config-docs lists all settings");
}

TEST_F(SettingsTest, WrongTypeIsNamedWithWhatIsAllowed) {
  for (const auto* content : {R"({"server": {"port": "3000"}})", R"({"server": {"port": 1.5}})",
                              R"({"server": {"port": null}})", R"({"server": {"port": {"a": 1}}})"})
    EXPECT_THAT(refusalOfFile(content), StartsWith("server.port: must be an integer from 0 to 65535")) << content;
  EXPECT_THAT(refusalOfFile(R"({"http": {"cors": {"origins": "a"}}})"), HasSubstr("http.cors.origins: must be a list"));
  EXPECT_THAT(refusalOfFile(R"({"http": {"cors": {"origins": [1]}}})"), HasSubstr("http.cors.origins: must be a list"));
  EXPECT_THAT(refusal({"", {{"PARLEY_SERVER_PORT", "80 "}}, {}}), StartsWith("server.port: must be an integer"));
  EXPECT_THAT(refusal({"", {}, {{"auth.allowOpenOnNetwork", "yes"}}}),
              StartsWith("auth.allowOpenOnNetwork: must be true or false"));
}

TEST_F(SettingsTest, OutOfRangeIsNamedWithWhatIsAllowedAndTheSource) {
  EXPECT_THAT(refusal({"", {}, {{"server.port", "65536"}}}),
              StartsWith("server.port: must be an integer from 0 to 65535 (--set server.port)"));
  EXPECT_THAT(refusal({"", {}, {{"server.port", "-1"}}}), StartsWith("server.port: must be"));
  EXPECT_THAT(refusal({"", {}, {{"server.port", "99999999999999999999"}}}), StartsWith("server.port: must be"));
  EXPECT_THAT(refusalOfFile(R"({"server": {"port": 18446744073709551615}})"), StartsWith("server.port: must be"));
  EXPECT_THAT(refusal({"", {}, {{"log.level", "loud"}}}), HasSubstr("one of info, trace, debug, warn, error, off"));
}

TEST_F(SettingsTest, AFileThatIsNoJsonIsNamedWithItsLine) {
  EXPECT_THAT(refusalOfFile("{\n\"server\": {\n,}}"), HasSubstr("is not valid JSON near line 3"));
  EXPECT_THAT(refusalOfFile("{} {}"), HasSubstr("is not valid JSON"));
  EXPECT_THAT(refusalOfFile("[]"), HasSubstr("must hold a JSON object"));
  EXPECT_THAT(refusal({"/no/such/file.json", {}, {}}), HasSubstr("/no/such/file.json cannot be read"));
}

TEST_F(SettingsTest, AFileMayEndWithAComment) {
  EXPECT_EQ(refusalOfFile("{} // the end"), "");
  EXPECT_EQ(refusalOfFile("{} /* the end */"), "");
}

TEST_F(SettingsTest, AKeyThatIsThereTwiceIsNamed) {
  EXPECT_THAT(refusalOfFile(R"({"server": {"port": 1, "loops": 1, "port": 2}})"),
              StartsWith("server.port: is in the file"));
  EXPECT_THAT(refusalOfFile(R"({"server": {"port": 1}, "log": {}, "server": {"loops": 1}})"),
              StartsWith("server: is in the file"));
  EXPECT_EQ(refusalOfFile(R"({"server": {"tls": {"key": ""}}, "auth": {"jwt": {"keyFile": ""}}})"), "");
}

TEST_F(SettingsTest, PagesOfAnyOriginSendNoCookies) {
  const Sources::Pairs all{{"http.cors.origins", "*"}, {"http.cors.credentials", "true"}};
  EXPECT_THAT(refusal({"", {}, all}), StartsWith("http.cors.credentials: must be false"));
  EXPECT_EQ(refusal({"", {}, {{"http.cors.origins", "https://a.example"}, {"http.cors.credentials", "true"}}}), "");
}

TEST_F(SettingsTest, ALanguageNeedsItsTexts) {
  EXPECT_THAT(refusal({"", {}, {{"i18n.locale", "ja"}}}), StartsWith("i18n.locale: there are no texts in ja"));
  EXPECT_THAT(refusal({"", {}, {{"i18n.texts", "/no/such/texts.json"}}}), StartsWith("i18n.texts: the file /no/such"));
  EXPECT_THAT(refusal({"", {}, {{"i18n.texts", file(R"({"ja": {"NOT_FOUND": 5}})")}}}), StartsWith("i18n.texts: "));
  EXPECT_EQ(refusal({"", {}, {{"i18n.locale", "ja"}, {"i18n.texts", file(R"({"ja": {"NOT_FOUND": "x"}})")}}}), "");
}

TEST_F(SettingsTest, SecretsMayComeFromAFile) {
  const auto secret = file("hidden\n");
  EXPECT_EQ(Settings({"", {{"PARLEY_AUTH_JWT_SECRET_FILE", secret}}, {}}).text("auth.jwt.secret"), "hidden");
  EXPECT_THAT(refusal({"", {{"PARLEY_AUTH_JWT_SECRET_FILE", "/no/such"}}, {}}), StartsWith("auth.jwt.secret: "));
  EXPECT_THAT(refusal({"", {{"PARLEY_SERVER_PORT_FILE", secret}}, {}}), StartsWith("PARLEY_SERVER_PORT_FILE: "));
}

TEST_F(SettingsTest, VariablesOfContainerPlatformsAreNoSettings) {
  EXPECT_EQ(refusal({"", {{"PARLEY_PORT", "tcp://10.0.0.1:3000"}, {"PARLEY_SERVICE_HOST", "10.0.0.1"}}, {}}), "");
}

TEST_F(SettingsTest, PluginSettingsAreCheckedByThePluginsSchema) {
  Settings settings({file(R"({"plugins": {"echo": {"maxLength": 7}}})"), {{"PARLEY_PLUGINS_ECHO_MODE", "hard"}}, {}});
  settings.addPlugin("echo", pluginConfig);
  EXPECT_THAT(settings.finish(), SizeIs(0));
  EXPECT_EQ(settings.integer("plugins.echo.maxLength"), 7);
  EXPECT_EQ(settings.text("plugins.echo.mode"), "hard");
  EXPECT_TRUE(settings.flag("plugins.echo.enabled"));

  EXPECT_THAT(refusal({"", {}, {{"plugins.echo.maxLength", "0"}}}, true),
              StartsWith("plugins.echo.maxLength: must be an integer from 1 to 1000"));
  EXPECT_THAT(refusal({"", {}, {{"plugins.echo.maxLenght", "5"}}}, true),
              HasSubstr("did you mean plugins.echo.maxLength?"));
  EXPECT_THAT(refusal({"", {{"PARLEY_PLUGINS_ECHO_MODE", "x"}}, {}}, true),
              StartsWith("plugins.echo.mode: must be one of soft, hard"));
}

TEST_F(SettingsTest, APluginThatIsNotThereMayOnlyBeSwitchedOff) {
  EXPECT_THAT(refusalOfFile(R"({"plugins": {"gone": {"enabled": true}}})"), StartsWith("plugins.gone.enabled: "));
  EXPECT_THAT(refusalOfFile(R"({"plugins": {"gone": {"size": 1}}})"), StartsWith("plugins.gone.size: "));
  Settings settings({file(R"({"plugins": {"gone": {"enabled": false}}})"), {}, {{"plugins.lost.enabled", "false"}}});
  EXPECT_THAT(settings.finish(), ElementsAre(HasSubstr("plugins.gone.enabled"), HasSubstr("plugins.lost.enabled")));
}

TEST_F(SettingsTest, ABrokenPluginSchemaNamesThePlugin) {
  Settings settings(Sources{});
  EXPECT_THROW(settings.addPlugin("directory", "{}"), SettingsError);
  EXPECT_THROW(settings.addPlugin("broken", "{"), SettingsError);
  EXPECT_THROW(settings.addPlugin("broken", R"({"settings": {"a": {"type": "integer", "description": "x"}}})"),
               SettingsError);
  EXPECT_THROW(settings.addPlugin("broken", R"({"settings": {"a": {"type": "real", "default": 1}}})"), SettingsError);
  EXPECT_THROW(settings.addPlugin("broken", R"({"settings": {"a": {"type": "integer", "default": 1, "minimum": 2,
                                               "maximum": 3, "description": "x"}}})"),
               SettingsError);
}

/// The message that a plugin's config.json is refused with; empty when it is not.
std::string refusalOfDeclaration(const std::string& configJson) {
  try {
    pluginSettings("echo", configJson);
  } catch (const SettingsError& error) {
    return error.what();
  }
  return "";
}

std::string declared(const std::string& declaration) {
  return R"({"settings": {"a": )" + declaration + "}}";
}

TEST_F(SettingsTest, APluginSchemaHasNothingThatIsNotKnown) {
  EXPECT_EQ(
      refusalOfDeclaration(R"({"maxLength": {"type": "integer", "default": 1, "description": "x"}})"),
      "plugins.echo: its config.json has `maxLength`; settings are declared inside of `settings`, and nothing else "
      "is");
  EXPECT_EQ(refusalOfDeclaration(declared(R"({"type": "string", "default": "", "description": "x", "minLength": 1})")),
            "plugins.echo.a: its declaration has `minLength`; this type has type, default, description, enum, secret");
  EXPECT_EQ(
      refusalOfDeclaration(declared(R"({"type": "integer", "default": 1, "description": "x", "enum": [1]})")),
      "plugins.echo.a: its declaration has `enum`; this type has type, default, description, minimum, maximum, unit");
  EXPECT_THAT(refusalOfDeclaration(declared(R"({"type": "array", "default": [], "description": "x", "secret": true})")),
              HasSubstr("`secret`"));
}

TEST_F(SettingsTest, TwoSettingsOfAPluginHaveNotOneEnvironmentVariable) {
  const std::string flag = R"({"type": "boolean", "default": true, "description": "x"})";
  const auto both = [&flag](const std::string& a, const std::string& b) {
    return R"({"settings": {")" + a + "\": " + flag + ", \"" + b + "\": " + flag + "}}";
  };
  EXPECT_EQ(refusalOfDeclaration(both("web.url", "web_url")),
            "plugins.echo.web_url: cannot be beside plugins.echo.web.url: both would be PARLEY_PLUGINS_ECHO_WEB_URL");
  EXPECT_NE(refusalOfDeclaration(both("url", "Url")), "");
  EXPECT_EQ(refusalOfDeclaration(both("web.url", "web.uri")), "");
}

TEST_F(SettingsTest, EachMemberOfADeclarationHasItsType) {
  const auto refusal = [](const std::string& type, const std::string& more) {
    return refusalOfDeclaration(declared(R"({"type": ")" + type + R"(", "default": 1, )" + more + "}"));
  };
  EXPECT_EQ(refusal("integer", R"("description": 1)"),
            "plugins.echo.a: `description` of its declaration must be a text");
  EXPECT_EQ(refusal("integer", R"("description": "x", "minimum": 0.5)"),
            "plugins.echo.a: `minimum` of its declaration must be an integer");
  EXPECT_THAT(refusal("integer", R"("description": "x", "unit": 1)"), HasSubstr("`unit`"));
  EXPECT_EQ(refusal("string", R"("description": "x", "secret": "yes")"),
            "plugins.echo.a: `secret` of its declaration must be true or false");
  for (const auto* choices : {"[]", "[\"a\", 1]", "\"a\""})
    EXPECT_EQ(refusal("string", R"("description": "x", "enum": )" + std::string(choices)),
              "plugins.echo.a: `enum` of its declaration must be a list of texts");
}

TEST_F(SettingsTest, DotsMakeGroupsOfAPluginsSettings) {
  const auto flag = [](const std::string& name) {
    return "\"" + name + R"(": {"type": "boolean", "default": false, "description": "x"})";
  };
  Settings settings({file(R"({"plugins": {"echo": {"a": {"b": true}}}})"), {{"PARLEY_PLUGINS_ECHO_A_C", "true"}}, {}});
  settings.addPlugin("echo", R"({"settings": {)" + flag("a.b") + ", " + flag("a.c") + "}}");
  settings.finish();
  EXPECT_TRUE(settings.flag("plugins.echo.a.b"));
  EXPECT_TRUE(settings.flag("plugins.echo.a.c"));
  for (const auto* name : {"", ".a", "a.", "a..b", "a b", "a-b"})
    EXPECT_THAT(refusalOfDeclaration(R"({"settings": {)" + flag(name) + "}}"), HasSubstr("its name must be of"))
        << name;
  EXPECT_THAT(refusalOfDeclaration(R"({"settings": {)" + flag("a.b") + ", " + flag("a") + "}}"),
              StartsWith("plugins.echo.a: "));
}

TEST_F(SettingsTest, APluginMayBeOffByDefault) {
  constexpr const char* off =
      R"({"settings": {"enabled": {"type": "boolean", "default": false, "description": "Whether it runs."}}})";
  Settings settings(Sources{});
  const auto before = settings.table().size();
  settings.addPlugin("echo", off);
  EXPECT_THAT(settings.table(), SizeIs(before + 1));
  EXPECT_FALSE(settings.flag("plugins.echo.enabled"));
  EXPECT_EQ(settings.table().back().description, "Whether it runs.");
  Settings on({"", {}, {{"plugins.echo.enabled", "true"}}});
  on.addPlugin("echo", off);
  EXPECT_TRUE(on.flag("plugins.echo.enabled"));
  EXPECT_EQ(refusalOfDeclaration(
                R"({"settings": {"enabled": {"type": "string", "default": "no", "description": "Whether it runs."}}})"),
            "plugins.echo.enabled: must be declared as a boolean");
}

TEST_F(SettingsTest, APluginsSecretsMayComeFromAFile) {
  Settings settings({"", {{"PARLEY_PLUGINS_ECHO_KEY_FILE", file("hidden\n")}}, {}});
  settings.addPlugin("echo",
                     R"({"settings": {"key": {"type": "string", "default": "", "secret": true, "description": "x"}}})");
  EXPECT_THAT(settings.finish(), SizeIs(0));
  EXPECT_EQ(settings.text("plugins.echo.key"), "hidden");
  EXPECT_THAT(refusal({"", {{"PARLEY_PLUGINS_ECHO_MODE_FILE", "/no/such"}}, {}}, true),
              StartsWith("PARLEY_PLUGINS_ECHO_MODE_FILE: there is no such setting"));
}

TEST_F(SettingsTest, OpenModeStaysOnLoopback) {
  EXPECT_THAT(refusal({"", {}, {{"server.address", "0.0.0.0"}}}), HasSubstr("auth.allowOpenOnNetwork"));
  EXPECT_THAT(refusal({"", {}, {{"server.address", "::"}}}), StartsWith("server.address: "));
  EXPECT_EQ(refusal({"", {}, {{"server.address", "::1"}}}), "");
  EXPECT_EQ(refusal({"", {}, {{"server.address", "0.0.0.0"}, {"auth.allowOpenOnNetwork", "true"}}}), "");
  EXPECT_THAT(refusal({"", {}, {{"server.address", "localhost"}}}), StartsWith("server.address: must be"));
}

TEST_F(SettingsTest, JwtModeNeedsKeysAndMayListenAnywhere) {
  const std::string secret(32, 's');
  EXPECT_THAT(refusal({"", {}, {{"auth.mode", "jwt"}}}), StartsWith("auth.jwt.secret: is needed for HS256"));
  EXPECT_THAT(refusal({"", {}, {{"auth.mode", "jwt"}, {"auth.jwt.secret", "short"}}}),
              StartsWith("auth.jwt.secret: must have at least 32 bytes"));
  EXPECT_THAT(refusal({"", {}, {{"auth.mode", "jwt"}, {"auth.jwt.algorithm", "RS256"}}}),
              StartsWith("auth.jwt.keyFile: or jwksFile, jwksUrl or auth.oidc.issuer must say"));
  EXPECT_THAT(refusal({"", {}, {{"auth.mode", "jwt"}, {"auth.jwt.algorithm", "none"}}}),
              StartsWith("auth.jwt.algorithm: must be one of"));
  EXPECT_EQ(refusal({"", {}, {{"auth.mode", "jwt"}, {"auth.ownTokens", "true"}}}), "");
  EXPECT_EQ(refusal({"", {}, {{"auth.mode", "jwt"}, {"auth.jwt.secret", secret}, {"server.address", "0.0.0.0"}}}), "");
}

TEST_F(SettingsTest, MongodbNeedsAConnectionString) {
  EXPECT_THAT(refusal({"", {}, {{"storage.driver", "mongodb"}}}), StartsWith("storage.mongodb.uri: must begin with"));
  EXPECT_THAT(refusal({"", {}, {{"storage.driver", "mongodb"}, {"storage.mongodb.uri", "http://x"}}}),
              StartsWith("storage.mongodb.uri: must begin with"));
  EXPECT_EQ(refusal({"", {}, {{"storage.driver", "mongodb"}, {"storage.mongodb.uri", "mongodb://db"}}}), "");
}

TEST_F(SettingsTest, TlsNeedsBothFiles) {
  EXPECT_THAT(refusal({"", {}, {{"server.tls.certificate", "c.pem"}}}), StartsWith("server.tls.key: "));
  EXPECT_THAT(refusal({"", {}, {{"server.tls.key", "k.pem"}}}), StartsWith("server.tls.certificate: "));
}

TEST_F(SettingsTest, TlsFilesThatCannotBeReadAreNamedWithTheirSetting) {
  const auto refused = refusal({"", {}, {{"server.tls.certificate", "/no/such/c.pem"}, {"server.tls.key", "k.pem"}}});
  EXPECT_THAT(refused, StartsWith("server.tls.certificate: the file /no/such/c.pem cannot be read: No such"));
  const auto empty = file("no certificate");
  EXPECT_THAT(refusal({"", {}, {{"server.tls.certificate", empty}, {"server.tls.key", empty}}}),
              StartsWith("server.tls.certificate: certificate " + empty + ": holds none in PEM"));
}

TEST_F(SettingsTest, AFolderInThePlaceOfAFileIsNamed) {
  const auto isFolder = HasSubstr("the file /tmp cannot be read: Is a directory");
  EXPECT_THAT(refusal({"/tmp", {}, {}}), AllOf(StartsWith("--config: "), isFolder));
  EXPECT_THAT(refusal({"", {{"PARLEY_AUTH_JWT_SECRET_FILE", "/tmp"}}, {}}),
              AllOf(StartsWith("auth.jwt.secret: "), isFolder));
  EXPECT_THAT(refusal({"", {}, {{"auth.mode", "jwt"}, {"auth.jwt.algorithm", "RS256"}, {"auth.jwt.keyFile", "/tmp"}}}),
              AllOf(StartsWith("auth.jwt.keyFile: "), isFolder));
  EXPECT_THAT(refusal({"", {}, {{"server.tls.certificate", "/tmp"}, {"server.tls.key", "/tmp"}}}),
              AllOf(StartsWith("server.tls.certificate: "), isFolder));
  EXPECT_THAT(refusal({"", {}, {{"i18n.texts", "/tmp"}}}), AllOf(StartsWith("i18n.texts: "), isFolder));
}

TEST_F(SettingsTest, TellsWhatHasChanged) {
  const Settings before(Sources{});
  const Settings after({"", {}, {{"server.port", "1"}, {"log.level", "debug"}, {"log.format", "text"}}});
  const auto changed = after.changedSince(before);
  ASSERT_THAT(changed, SizeIs(2));
  EXPECT_EQ(changed[0]->key, "server.port");
  EXPECT_FALSE(changed[0]->reloadable);
  EXPECT_EQ(changed[1]->key, "log.level");
  EXPECT_TRUE(changed[1]->reloadable);
  const auto now = after.withoutRestart(before);
  EXPECT_EQ(now.integer("server.port"), before.integer("server.port"));
  EXPECT_EQ(now.text("log.level"), "debug");
}

}  // namespace
}  // namespace parley::host
