// SPDX-License-Identifier: Apache-2.0
// Whatever a file in the plugin folder holds, its gate is read from within its bytes or it is refused with a reason.
#include "plugin/elf_section.h"
#include "plugin/load_error.h"
#include "plugin/version_gate.h"

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace parley::plugin;

namespace {

/// Gives the bytes the head of a library for this machine, so that the tables behind it are reached.
std::string withHead(std::string file) {
  if (file.size() < sizeof(Elf64_Ehdr)) return file;
  Elf64_Ehdr head;
  std::memcpy(&head, file.data(), sizeof head);
  std::memcpy(head.e_ident, ELFMAG, SELFMAG);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_ident[EI_DATA] = ELFDATA2LSB;
#if defined(__aarch64__)
  head.e_machine = EM_AARCH64;
#else
  head.e_machine = EM_X86_64;
#endif
  head.e_type = ET_DYN;
  if (head.e_shentsize < sizeof(Elf64_Shdr)) head.e_shentsize = sizeof(Elf64_Shdr);
  std::memcpy(file.data(), &head, sizeof head);
  return file;
}

void tryOne(const std::string& file) {
  try {
    const auto section = elfSection(file, ".parley.gate");
    if (section.data() < file.data() || section.data() + section.size() > file.data() + file.size()) std::abort();
    checkGate(readGate(file));
  } catch (const LoadError& error) {
    if (std::strlen(error.what()) == 0) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  tryOne(file);
  tryOne(withHead(file));
  return 0;
}
