// SPDX-License-Identifier: Apache-2.0
#include "plugin/elf_section.h"

#include "plugin/load_error.h"

#include <elf.h>

#include <cstring>
#include <string>

namespace parley::plugin {

namespace {

#if defined(__x86_64__)
constexpr Elf64_Half thisMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half thisMachine = EM_AARCH64;
#else
#error "add this machine's ELF number"
#endif

/// `size` bytes from `offset`, which came from the file and may be anything.
std::string_view slice(std::string_view file, std::uint64_t offset, std::uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) throw LoadError("the file is truncated");
  return file.substr(offset, size);
}

template <typename T>
T read(std::string_view file, std::uint64_t offset) {
  T value;
  std::memcpy(&value, slice(file, offset, sizeof value).data(), sizeof value);
  return value;
}

Elf64_Ehdr readHeader(std::string_view file) {
  if (!file.starts_with(std::string_view(ELFMAG, SELFMAG))) throw LoadError("not an ELF library");
  const auto header = read<Elf64_Ehdr>(file, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != thisMachine)
    throw LoadError("built for another machine");
  if (header.e_type != ET_DYN) throw LoadError("not a shared library");
  if (header.e_shoff == 0 || header.e_shentsize < sizeof(Elf64_Shdr)) throw LoadError("it has no section table");
  return header;
}

std::string_view nameAt(std::string_view names, std::uint64_t offset) {
  if (offset >= names.size()) return {};
  names.remove_prefix(offset);
  return names.substr(0, names.find('\0'));
}

}  // namespace

std::string_view elfSection(std::string_view file, std::string_view section) {
  const auto header = readHeader(file);
  // The whole table at once, so that no index below can leave the file.
  const auto table = slice(file, header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize);
  const auto entry = [&](std::uint64_t index) { return read<Elf64_Shdr>(table, index * header.e_shentsize); };
  if (header.e_shstrndx >= header.e_shnum) throw LoadError("its section table has no names");
  const auto namesAt = entry(header.e_shstrndx);
  const auto names = slice(file, namesAt.sh_offset, namesAt.sh_size);
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto candidate = entry(i);
    if (candidate.sh_type == SHT_NOBITS || nameAt(names, candidate.sh_name) != section) continue;
    return slice(file, candidate.sh_offset, candidate.sh_size);
  }
  throw LoadError("it has no section " + std::string(section) + ": not a Parley plugin");
}

}  // namespace parley::plugin
