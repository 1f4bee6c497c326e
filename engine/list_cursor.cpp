#include "engine/list_cursor.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <limits>

namespace sitelog {

namespace {

constexpr size_t kNumberBytes = 8;
constexpr size_t kPlaceBytes = RecordId::kSize + 2 * kNumberBytes;
constexpr size_t kSealBytes = 16;
constexpr int64_t kCursorLength = 2 * (kPlaceBytes + kSealBytes);

void add_number(std::string& out, int64_t number) {
  std::array<uint8_t, kNumberBytes> bytes{};
  boost::endian::store_big_s64(bytes.data(), number);
  out.append(bytes.begin(), bytes.end());
}

int64_t number_at(std::string_view bytes, size_t offset) {
  return boost::endian::load_big_s64(reinterpret_cast<const unsigned char*>(bytes.data()) + offset);
}

void add_all(Hasher& hasher, std::vector<std::string> codes) {
  std::sort(codes.begin(), codes.end());
  hasher.add_number(codes.size());
  for (const BookCode& code : codes) hasher.add_sized(code);
}

}  // namespace

ListCursors::ListCursors(const SigningKey& key, std::string_view list, const OperationCall& call,
                         const std::vector<std::string>& named_by)
    : call_(call) {
  Hasher hasher;
  hasher.add("sitelog list cursors 1\n").add(BytesView(key.seed())).add_sized(list);
  hasher.add_sized(call.args.written(named_by));
  const Scope& scope = call.caller.scope;
  const auto add_units = [&hasher](const auto& in) {
    hasher.add_number(in.everything ? 1 : 0);
    add_all(hasher, in.subtrees);
    add_all(hasher, in.units);
  };
  add_units(scope);
  for (const Scope::Part& part : scope.parts) {
    add_units(part.in);
    hasher.add_sized(part.campaign);
    add_all(hasher, part.except);
  }
  secret_ = hasher.finish();
}

std::string ListCursors::seal(std::string_view place) const {
  const Hash hash = Hasher().add(secret_.view()).add(place).finish();
  return std::string(as_text(hash.view()).substr(0, kSealBytes));
}

std::string ListCursors::after(const ListPlace& place) const {
  std::string out(as_text(place.at.record.view()));
  add_number(out, place.at.number);
  add_number(out, place.of);
  return to_hex(as_bytes(out + seal(out)));
}

Result<std::optional<ListPlace>> ListCursors::given() const {
  if (!call_.args.has("cursor")) return std::optional<ListPlace>();
  const std::string& text = call_.args.text("cursor");
  std::string bytes(kPlaceBytes + kSealBytes, '\0');
  const bool read = text.size() == static_cast<size_t>(kCursorLength) &&
                    from_hex(text, reinterpret_cast<uint8_t*>(bytes.data()), bytes.size());
  const std::string_view place = std::string_view(bytes).substr(0, kPlaceBytes);
  if (!read || seal(place) != bytes.substr(kPlaceBytes)) {
    return Refusal{Reason::kInvalidValue,
                   N_("this cursor is not one of this list: the list is asked for otherwise now, "
                      "your units are others, or it was not copied whole; begin without it"),
                   {}};
  }
  ListPlace out;
  out.at.record = *RecordId::from(place.substr(0, RecordId::kSize));
  out.at.number = number_at(place, RecordId::kSize);
  out.of = number_at(place, RecordId::kSize + kNumberBytes);
  return std::optional(out);
}

Argument cursor_argument() {
  return argument::text("cursor", N_("go on where the answer before said “next”: the same "
                                     "arguments, and this"))
      .between(1, kCursorLength);
}

Argument page_limit_argument() {
  return argument::integer("limit", 0, std::numeric_limits<int32_t>::max(), N_("at most so many"));
}

Member next_member() {
  return shape::sometimes("next", shape::text());
}

}  // namespace sitelog
