// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The texts of HTTP, MIME and tus that files need: in and out, nothing else.

namespace file_transfer {

std::string lowerCase(std::string_view text);
std::string_view trimmed(std::string_view text);

/// `form-data; name="a"; filename="b"`: the value in lower case and its parameters, names in lower case, quotes taken
/// away. Nothing when it is malformed.
using Parameters = std::pair<std::string, std::vector<std::pair<std::string, std::string>>>;
std::optional<Parameters> parseParameters(std::string_view field);

/// `UTF-8''na%C3%AFve.txt` (RFC 8187 section 3.2).
std::optional<std::string> decodeExtended(std::string_view text);

/// A file name that may be stored and shown: the last part of a path, valid UTF-8, no control characters or what turns
/// the direction of writing, at most 255 bytes; "file" when nothing is left.
std::string cleanName(std::string_view name);

/// RFC 6266, with the name in ASCII and, where that is not the whole, in UTF-8 (RFC 8187).
std::string contentDisposition(bool asAttachment, std::string_view fileName);

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};
enum class RangeKind { Whole, Part, Unsatisfiable };
/// What a Range field asks for of a file of `size` bytes (RFC 9110 section 14.2). Several ranges, other units and what
/// is malformed count as none.
RangeKind parseRange(std::string_view field, std::uint64_t size, ByteRange& range);

/// Whether an If-None-Match list names the entity tag (weak comparison), RFC 9110 section 13.1.2.
bool namesTag(std::string_view list, std::string_view tag);

/// Strict RFC 4648 section 4; nothing when it is malformed.
std::optional<std::string> decodeBase64(std::string_view text);
/// RFC 4648 section 5, without padding.
std::string base64Url(std::string_view bytes);

/// The Upload-Metadata of tus; nothing when it is malformed.
std::optional<std::map<std::string, std::string, std::less<>>> parseMetadata(std::string_view field);

/// A whole number, digits only, below 2^63; nothing for any other text.
std::optional<std::uint64_t> parseNumber(std::string_view text);

}  // namespace file_transfer
