#include "sync/session/entry_columns.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "sync/ledger/limits.hpp"
#include "sync/session/varint.hpp"

namespace sitelog {

namespace {

// Thrown inside this file only, to leave at the first byte that doesn't fit.
struct Unfit {};

constexpr int kDepthMax = 16;
// Of an entry, its assignments and their values; each structure adds itself, a member and a value.
static_assert(3 + 3 * limits::kValueDepthMax < kDepthMax);
constexpr size_t kNamesMax = 1024;  // of fields, in one batch

// The messages that an entry is made of (proto/ledger.proto), and how each field travels.
enum Shape : uint8_t {
  kEntry,
  kAssignment,
  kValue,
  kTextList,
  kStructure,
  kMember,
  kClock,
  kShapes
};
enum class Kind : uint8_t {
  kNone,
  kText,     // shortened, then 0
  kName,     // likewise, and what follows belongs to columns of that name
  kId,       // 16 bytes
  kBytes,    // its length, then it
  kNumber,   // varint
  kStep,     // varint of the difference to the one before in its column, zigzag
  kFixed,    // 8 bytes
  kMessage,  // its fields, then 0
};
struct Field {
  Kind kind = Kind::kNone;
  Shape shape = kEntry;  // of a message
};
constexpr size_t kFields = 10;
constexpr size_t kIdBytes = 16;
constexpr Field kTable[kShapes][kFields] = {
    {{},
     {Kind::kId},
     {Kind::kText},
     {Kind::kId},
     {Kind::kBytes},
     {Kind::kMessage, kAssignment},
     {Kind::kMessage, kClock},
     {Kind::kText},
     {Kind::kText},
     {Kind::kNumber}},
    {{}, {Kind::kName}, {Kind::kMessage, kValue}, {Kind::kBytes}},
    {{},
     {Kind::kText},
     {Kind::kNumber},
     {Kind::kNumber},
     {Kind::kMessage, kTextList},
     {Kind::kMessage, kStructure},
     {Kind::kNumber}},
    {{}, {Kind::kText}},
    {{}, {Kind::kMessage, kMember}},
    {{}, {Kind::kName}, {Kind::kMessage, kValue}},
    {{}, {Kind::kStep}, {Kind::kStep}, {Kind::kStep}, {Kind::kStep}, {Kind::kFixed}},
};

uint8_t wire_type(Kind kind) {
  switch (kind) {
    case Kind::kNumber:
    case Kind::kStep: return 0;
    case Kind::kFixed: return 1;
    default: return 2;
  }
}

// Which column a field belongs to. Both ends meet the same fields in the same order and so number
// the columns alike; the first, 0, says which fields there are.
class ColumnNumbers {
 public:
  ColumnNumbers() : current_(&names_[{}]), nameless_(current_) {}
  void name(std::string_view name) {
    const auto at = names_.find(name);
    if (at != names_.end()) {
      current_ = &at->second;
      return;
    }
    if (names_.size() == kNamesMax) throw Unfit{};
    current_ = &names_[std::string(name)];
  }
  size_t of(Shape shape, size_t field) {
    const bool of_name = shape == kValue || shape == kTextList;
    uint32_t& out = (of_name ? *current_ : *nameless_)[shape * kFields + field];
    if (out == 0) out = ++last_;
    return out;
  }

 private:
  using Columns = std::array<uint32_t, kShapes * kFields>;
  std::map<std::string, Columns, std::less<>> names_;
  Columns* current_;
  Columns* const nameless_;
  uint32_t last_ = 0;
};

// In the shortest form only.
uint64_t take_varint(std::string_view& from) {
  uint64_t out = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (from.empty()) throw Unfit{};
    const auto byte = static_cast<uint8_t>(from.front());
    from.remove_prefix(1);
    if (shift == 63 && byte > 1) throw Unfit{};
    out |= uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      if (byte == 0 && shift > 0) throw Unfit{};
      return out;
    }
  }
  throw Unfit{};
}

std::string_view take(std::string_view& from, uint64_t size) {
  if (size > from.size()) throw Unfit{};
  const std::string_view out = from.substr(0, static_cast<size_t>(size));
  from.remove_prefix(static_cast<size_t>(size));
  return out;
}

uint64_t zigzag(uint64_t difference) {
  return difference << 1 ^ (0 - (difference >> 63));
}
uint64_t unzigzag(uint64_t value) {
  return value >> 1 ^ (0 - (value & 1));
}

// A character of these pages of Unicode, 256 each, travels as two bytes: the page's, and the rest.
// ASCII stays; any other byte is written behind kEscape.
constexpr uint8_t kHan = 0x80, kHanPages = 0x52;                         // U+4E00 to U+9FFF
constexpr uint8_t kFullWidth = 0xd2, kKana = 0xd3, kPunctuation = 0xd4;  // U+FF, U+30, U+20
constexpr uint8_t kLow = 0xd5, kLowPages = 8;                            // U+0080 to U+07FF
constexpr uint8_t kEscape = 0xff;

uint8_t lead_of(unsigned page) {
  if (page >= 0x4e && page < 0x4eU + kHanPages) return static_cast<uint8_t>(kHan + page - 0x4e);
  if (page == 0xff) return kFullWidth;
  if (page == 0x30) return kKana;
  if (page == 0x20) return kPunctuation;
  return kEscape;
}

unsigned page_of(uint8_t lead) {
  if (lead < kHan + kHanPages) return lead - kHan + 0x4eU;
  if (lead == kFullWidth) return 0xff;
  if (lead == kKana) return 0x30;
  if (lead == kPunctuation) return 0x20;
  if (lead < kLow + kLowPages) return static_cast<unsigned>(lead - kLow);
  throw Unfit{};
}

bool continues(char byte) {
  return (static_cast<uint8_t>(byte) & 0xc0) == 0x80;
}

void put_text(std::string& to, std::string_view text) {
  // Written in place: no byte takes more than two.
  const size_t begin = to.size();
  to.resize(begin + 2 * text.size() + 1);
  char* out = to.data() + begin;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte - 1U < 0x7fU) {
      *out++ = text[i];
      continue;
    }
    if (byte >= 0xe0 && byte < 0xf0 && i + 2 < text.size() && continues(text[i + 1]) &&
        continues(text[i + 2])) {
      const unsigned character =
          (byte & 0xfU) << 12 | (text[i + 1] & 0x3fU) << 6 | (text[i + 2] & 0x3fU);
      const uint8_t lead = lead_of(character >> 8);
      if (lead != kEscape) {
        *out++ = static_cast<char>(lead);
        *out++ = static_cast<char>(character);
        i += 2;
        continue;
      }
    }
    if (byte >= 0xc2 && byte < 0xe0 && i + 1 < text.size() && continues(text[i + 1])) {
      const unsigned character = (byte & 0x1fU) << 6 | (text[i + 1] & 0x3fU);
      *out++ = static_cast<char>(kLow + (character >> 8));
      *out++ = static_cast<char>(character);
      ++i;
      continue;
    }
    *out++ = static_cast<char>(kEscape);
    *out++ = text[i];
  }
  *out++ = '\0';
  to.resize(static_cast<size_t>(out - to.data()));
}

void take_text(std::string_view& from, std::string& to) {
  const char* in = from.data();
  const char* const end = in + from.size();
  std::array<char, 512> part;  // of what is written
  char* out = part.data();
  for (;;) {
    if (out > part.data() + part.size() - 3) {
      to.append(part.data(), out);
      out = part.data();
    }
    if (in == end) throw Unfit{};
    const auto lead = static_cast<uint8_t>(*in++);
    if (lead == 0) break;
    if (lead < 0x80) {
      *out++ = static_cast<char>(lead);
      continue;
    }
    if (in == end) throw Unfit{};
    const char second = *in++;
    if (lead == kEscape) {
      *out++ = second;
      continue;
    }
    const unsigned character = page_of(lead) << 8 | static_cast<uint8_t>(second);
    if (character < 0x80) throw Unfit{};
    if (character < 0x800) {
      *out++ = static_cast<char>(0xc0 | character >> 6);
    } else {
      *out++ = static_cast<char>(0xe0 | character >> 12);
      *out++ = static_cast<char>(0x80 | (character >> 6 & 0x3f));
    }
    *out++ = static_cast<char>(0x80 | (character & 0x3f));
  }
  to.append(part.data(), out);
  from.remove_prefix(static_cast<size_t>(in - from.data()));
}

class Writer {
 public:
  void message(Shape shape, std::string_view bytes, int depth = 0) {
    if (depth == kDepthMax) throw Unfit{};
    while (!bytes.empty()) {
      const uint64_t tag = take_varint(bytes);
      const size_t field = tag >> 3;
      if (field >= kFields) throw Unfit{};
      const Field& known = kTable[shape][field];
      if (known.kind == Kind::kNone || wire_type(known.kind) != (tag & 7)) throw Unfit{};
      columns_[0] += static_cast<char>(field);
      value(shape, field, known, bytes, depth);
    }
    columns_[0] += '\0';
  }

  std::string done() const {
    std::string out;
    put_varint(out, columns_.size());
    for (const std::string& column : columns_) put_varint(out, column.size());
    for (const std::string& column : columns_) out += column;
    return out;
  }

 private:
  void value(Shape shape, size_t field, const Field& known, std::string_view& bytes, int depth) {
    if (known.kind == Kind::kMessage) {
      return message(known.shape, take(bytes, take_varint(bytes)), depth + 1);
    }
    const size_t number = numbers_.of(shape, field);
    if (number == columns_.size()) {
      columns_.emplace_back();
      last_.push_back(0);
    }
    std::string& column = columns_[number];
    switch (known.kind) {
      case Kind::kNumber: return put_varint(column, take_varint(bytes));
      case Kind::kStep: {
        const uint64_t now = take_varint(bytes);
        put_varint(column, zigzag(now - std::exchange(last_[number], now)));
        return;
      }
      case Kind::kFixed: column += take(bytes, 8); return;
      default: break;
    }
    const std::string_view content = take(bytes, take_varint(bytes));
    if (known.kind == Kind::kBytes) {
      put_varint(column, content.size());
      column += content;
    } else if (known.kind == Kind::kId) {
      if (content.size() != kIdBytes) throw Unfit{};
      column += content;
    } else {
      put_text(column, content);
      if (known.kind == Kind::kName) numbers_.name(content);
    }
  }

  ColumnNumbers numbers_;
  std::vector<std::string> columns_{1};
  std::vector<uint64_t> last_{0};
};

class Reader {
 public:
  Reader(std::string_view bytes, size_t bytes_max) : left_(bytes_max) {
    const uint64_t count = take_varint(bytes);
    if (count == 0 || count > bytes.size()) throw Unfit{};
    std::vector<uint64_t> sizes(static_cast<size_t>(count));
    for (uint64_t& size : sizes) size = take_varint(bytes);
    for (const uint64_t size : sizes) columns_.push_back(take(bytes, size));
    if (!bytes.empty()) throw Unfit{};
    last_.resize(columns_.size());
  }

  bool more() const { return !columns_[0].empty(); }
  std::string entry() {
    std::string out;
    out.reserve(size_before_);  // neighbours are of a size, nearly
    message(kEntry, out, 0);
    size_before_ = std::min<size_t>(out.size() + out.size() / 8, 4096);
    if (out.size() > left_) throw Unfit{};
    left_ -= out.size();
    return out;
  }
  bool all_taken() const {
    for (const std::string_view column : columns_) {
      if (!column.empty()) return false;
    }
    return true;
  }

 private:
  void message(Shape shape, std::string& out, int depth) {
    if (depth == kDepthMax) throw Unfit{};
    while (const auto field = static_cast<uint8_t>(take(columns_[0], 1).front())) {
      if (field >= kFields) throw Unfit{};
      const Field& known = kTable[shape][field];
      if (known.kind == Kind::kNone) throw Unfit{};
      out += static_cast<char>(field << 3 | wire_type(known.kind));
      value(shape, field, known, out, depth);
      if (out.size() > left_) throw Unfit{};
    }
  }

  void value(Shape shape, size_t field, const Field& known, std::string& out, int depth) {
    const size_t begin = out.size();
    if (known.kind == Kind::kMessage) {
      message(known.shape, out, depth + 1);
      return put_size(out, begin);
    }
    const size_t number = numbers_.of(shape, field);
    if (number >= columns_.size()) throw Unfit{};
    std::string_view& column = columns_[number];
    switch (known.kind) {
      case Kind::kNumber: return put_varint(out, take_varint(column));
      case Kind::kStep: return put_varint(out, last_[number] += unzigzag(take_varint(column)));
      case Kind::kFixed: out += take(column, 8); return;
      case Kind::kBytes: out += take(column, take_varint(column)); break;
      case Kind::kId: out += take(column, kIdBytes); break;
      default:
        take_text(column, out);
        if (known.kind == Kind::kName) numbers_.name(std::string_view(out).substr(begin));
    }
    put_size(out, begin);
  }

  // In front of what was written since `begin`.
  static void put_size(std::string& out, size_t begin) {
    const size_t size = out.size() - begin;
    if (size < 0x80) {
      out.insert(begin, 1, static_cast<char>(size));
    } else {
      std::string prefix;
      put_varint(prefix, size);
      out.insert(begin, prefix);
    }
  }

  ColumnNumbers numbers_;
  std::vector<std::string_view> columns_;
  std::vector<uint64_t> last_;
  size_t left_;
  size_t size_before_ = 0;
};

}  // namespace

std::string_view columns_dictionary() {
  // zstd finds what stands last at the least cost: an entry's form, then its fields.
  static constexpr char kBytes[] =
      "grant\0root\0key\0name\0granted\0revoked\0review\0remark\0deadline\0"
      "enterprise\0industrial_park\0poverty_front\0community\0workshop\0construction_site\0mine\0"
      "planned\0postponed\0cancelled\0held\0district\0county\0grassroots\0"
      "lecture\0training\0calligraphy\0film\0performance\0purchased\0volunteer\0"
      "artists-among-workers\0thousand-events\0event\0"
      "_campaign\0banner\0date\0delivery\0kind\0level\0participants\0performers\0phone\0"
      "reason\0reporter\0sessions\0site_type\0status\0summary\0team\0title\0venue\0"
      "\x01\x02\x03\x04\x05\x01\x02\x01\0\3\0"
      "\x01\x02\x05\x01\x02\x01\0\0\x05\x01\x02\x01\0\0\x05\x01\x02\x01\0\0\x05\x01\x02\x02\0\0"
      "\x05\x01\x02\x01\0\0\x06\x01\x03\x04\x05\0\0";
  return {kBytes, sizeof kBytes - 1};
}

std::optional<std::string> to_columns(const std::vector<std::string>& entries) {
  try {
    Writer writer;
    for (const std::string& entry : entries) writer.message(kEntry, entry);
    return writer.done();
  } catch (const Unfit&) {
    return std::nullopt;
  }
}

std::optional<std::vector<std::string>> from_columns(std::string_view columns, size_t bytes_max) {
  try {
    Reader reader(columns, bytes_max);
    std::vector<std::string> out;
    while (reader.more() && out.size() <= limits::kBatchEntriesMax) out.push_back(reader.entry());
    if (!reader.all_taken()) return std::nullopt;
    return out;
  } catch (const Unfit&) {
    return std::nullopt;
  }
}

}  // namespace sitelog
