// SPDX-License-Identifier: Apache-2.0
#include "plugin/version_gate.h"

#include "plugin/load_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace parley::plugin {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::function<void()>& step) {
  try {
    step();
  } catch (const LoadError& error) {
    return error.what();
  }
  return "accepted";
}

std::string probe() {
  std::ifstream in(std::string(PROBE_DIR) + "/base.so", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <typename T>
std::string patched(std::string bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

TEST(VersionGateTest, ReadsARealLibrary) {
  const auto gate = readGate(probe());
  EXPECT_EQ(gate.sdkMinor, PluginGate{}.sdkMinor);
  EXPECT_EQ(refusal([&] { checkGate(gate); }), "accepted");
}

TEST(VersionGateTest, SaysWhichSideIsOlder) {
  const auto against = [](auto&& change) {
    PluginGate plugin;
    PluginGate host;
    plugin.sdkMajor = host.sdkMajor = 2;
    plugin.sdkMinor = host.sdkMinor = 3;
    change(plugin, host);
    return refusal([&] { checkGate(plugin, host); });
  };
  EXPECT_EQ(against([](auto& plugin, auto&) { plugin.sdkMinor = 2; }), "accepted");
  EXPECT_THAT(against([](auto& plugin, auto&) { plugin.sdkMinor = 4; }),
              AllOf(HasSubstr("SDK 2.4"), HasSubstr("SDK 2.3"), HasSubstr("the server is older")));
  EXPECT_THAT(against([](auto& plugin, auto&) { plugin.sdkMajor = 1; }), HasSubstr("the plugin is older"));
  EXPECT_THAT(against([](auto& plugin, auto& host) { plugin.sdkMajor = host.sdkMajor = 0, plugin.sdkMinor = 2; }),
              HasSubstr("the plugin is older"));
  EXPECT_THAT(against([](auto& plugin, auto&) { plugin.boostVersion = 107400; }),
              AllOf(HasSubstr("Boost 1.74.0"), HasSubstr("the plugin is older")));
  EXPECT_THAT(against([](auto& plugin, auto&) { plugin.boostVersion = 199900; }), HasSubstr("the server is older"));
  EXPECT_THAT(against([](auto& plugin, auto&) { plugin.compilerAbi.fill('x'); }), HasSubstr("C++ ABI xxx"));
  EXPECT_THAT(against([](auto& plugin, auto&) { ++plugin.layout; }), HasSubstr("other headers of SDK 2.3"));
}

TEST(VersionGateTest, APatchedGateIsRefused) {
  const auto bytes = probe();
  const auto at = bytes.find("PARLEYP1");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(refusal([&] { checkGate(readGate(patched(bytes, at + 12, std::uint32_t{99}))); }), HasSubstr("SDK 0.99"));
  EXPECT_THAT(refusal([&] { readGate(patched(bytes, at, 'X')); }), HasSubstr("not a gate"));
}

TEST(VersionGateTest, OtherMachinesAndKindsAreRefused) {
  const auto bytes = probe();
  EXPECT_THAT(refusal([&] { readGate(patched(bytes, offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_ARM})); }),
              HasSubstr("another machine"));
  EXPECT_THAT(refusal([&] { readGate(patched(bytes, EI_CLASS, static_cast<char>(ELFCLASS32))); }),
              HasSubstr("another machine"));
  EXPECT_THAT(refusal([&] { readGate(patched(bytes, offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_REL})); }),
              HasSubstr("not a shared library"));
}

TEST(VersionGateTest, NoTruncationReadsBeyondTheEnd) {
  const auto bytes = probe();
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 16)
    EXPECT_NE(refusal([&, part = bytes.substr(0, size)] { readGate(part); }), "accepted") << size;
}

TEST(VersionGateTest, NoHeaderValueReadsBeyondTheEnd) {
  const auto bytes = probe();
  const auto table = sizeof(Elf64_Ehdr);
  // Every byte of the header and of the section table, set to its extreme: refused or read, never out of bounds.
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto tryAt = [&](std::size_t at) { refusal([&] { readGate(patched(bytes, at, '\xff')); }); };
  for (std::size_t at = 0; at < table; ++at) tryAt(at);
  for (std::size_t at = header.e_shoff; at < bytes.size(); ++at) tryAt(at);
}

}  // namespace
}  // namespace parley::plugin
