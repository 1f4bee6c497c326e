#include "sync/ledger/plain_entry.hpp"

#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace {

// Protocol Buffers' wire format: a number and how what follows is encoded.
constexpr uint8_t tag(int number, int wire) {
  return static_cast<uint8_t>(number << 3 | wire);
}
constexpr int kVarint = 0;
constexpr int kBytes = 2;

class Bytes {
 public:
  explicit Bytes(std::string_view left) : left_(left) {}
  bool at_end() const { return left_.empty(); }
  // Takes the tag where it comes next.
  bool take(uint8_t wanted) {
    if (left_.empty() || static_cast<uint8_t>(left_.front()) != wanted) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool number(uint64_t& out) {
    out = 0;
    for (size_t i = 0; i < left_.size() && i < 10; ++i) {
      const auto byte = static_cast<uint8_t>(left_[i]);
      if (i == 9 && byte > 1) return false;
      out |= uint64_t{byte & 0x7FU} << (7 * i);
      if ((byte & 0x80) != 0) continue;
      left_.remove_prefix(i + 1);
      return true;
    }
    return false;
  }
  bool text(std::string_view& out) {
    uint64_t size = 0;
    if (!number(size) || size > left_.size()) return false;
    out = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }

 private:
  std::string_view left_;
};

bool are_items(Bytes in) {
  std::string_view item;
  while (!in.at_end()) {
    if (!in.take(tag(1, kBytes)) || !in.text(item)) return false;
  }
  return true;
}

bool read_value(Bytes in, PlainValue& out) {
  using Kind = PlainValue::Kind;
  uint64_t number = 0;
  if (in.take(tag(1, kBytes))) {
    out.kind = Kind::kText;
    return in.text(out.text) && in.at_end();
  }
  if (in.take(tag(2, kVarint))) {
    out.kind = Kind::kInteger;
    if (!in.number(number)) return false;
    out.number = static_cast<int64_t>(number >> 1 ^ (~(number & 1) + 1));  // zigzag
    return in.at_end();
  }
  if (in.take(tag(3, kVarint))) {
    out.kind = Kind::kFlag;
    if (!in.number(number) || number > 1) return false;
    out.number = static_cast<int64_t>(number);
    return in.at_end();
  }
  if (in.take(tag(4, kBytes))) {
    out.kind = Kind::kList;
    return in.text(out.text) && in.at_end() && are_items(Bytes(out.text));
  }
  out.kind = Kind::kCleared;
  return in.take(tag(6, kVarint)) && in.number(number) && number == 1 && in.at_end();
}

bool read_assignment(Bytes in, std::pair<std::string_view, PlainValue>& out) {
  std::string_view value;
  return in.take(tag(1, kBytes)) && in.text(out.first) && in.take(tag(2, kBytes)) &&
         in.text(value) && in.at_end() && read_value(Bytes(value), out.second);
}

}  // namespace

void PlainValue::put(Value& out) const {
  switch (kind) {
    case Kind::kCleared: out = Value(); return;
    case Kind::kInteger: out = Value(number); return;
    case Kind::kFlag: out = Value(number != 0); return;
    case Kind::kText:
      if (auto* known = std::get_if<std::string>(&out.held)) {
        known->assign(text);
      } else {
        out = Value(std::string(text));
      }
      return;
    case Kind::kList: {
      TextList items;
      std::string_view item;
      for (Bytes in(text); in.take(tag(1, kBytes)) && in.text(item);) items.emplace_back(item);
      out = Value(std::move(items));
      return;
    }
  }
}

bool read_plain(BytesView bytes, PlainEntry& out) {
  out.person = {};
  out.fields.clear();
  if (bytes.size() > limits::kEntryBytesMax) return false;
  Bytes in(as_text(bytes));
  std::string_view record, form, assignment, clock, role;
  if (!in.take(tag(1, kBytes)) || !in.text(record) || record.size() != RecordId::kSize)
    return false;
  if (!in.take(tag(2, kBytes)) || !in.text(form)) return false;
  while (in.take(tag(5, kBytes))) {
    std::string_view before;
    if (!out.fields.empty()) before = out.fields.back().first;
    auto& field = out.fields.emplace_back();
    if (!in.text(assignment) || !read_assignment(Bytes(assignment), field)) return false;
    if (field.first <= before) return false;  // an empty name too
  }
  if (in.take(tag(6, kBytes)) && !in.text(clock)) return false;
  if (in.take(tag(7, kBytes)) && !in.text(out.person)) return false;
  if (in.take(tag(8, kBytes)) && !in.text(role)) return false;
  uint64_t known_by = 0;
  if (in.take(tag(9, kVarint)) && !in.number(known_by)) return false;
  return in.at_end() && !out.fields.empty() && out.fields.size() <= limits::kAssignmentsMax;
}

}  // namespace sitelog
