#include "sync/session/entry_columns.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <random>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/entry.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/session/framing.hpp"

using namespace sitelog;

namespace {

std::string any_text(std::mt19937_64& random) {
  static const std::string kPieces[] = {
      "井口", "演出",       "，",           "é",   "ж",    "カ",       "𠮷",
      "㐀",   "2020-07-01", "film",         "“”",  "\x80", "\xe4\xb8", std::string(1, '\0'),
      "\xff", "\xc0\x80",   "\xed\xa0\x80", "\x7f"};
  std::string out;
  for (uint64_t n = random() % 12; n > 0; --n) out += kPieces[random() % std::size(kPieces)];
  return out;
}

void put_field(std::string& to, int number, const std::string& content) {
  to += static_cast<char>(number << 3 | 2);
  REQUIRE(content.size() < 0x80 * 0x80);
  if (content.size() >= 0x80) to += static_cast<char>(content.size() | 0x80);
  to += static_cast<char>(content.size() >= 0x80 ? content.size() >> 7 : content.size());
  to += content;
}

// As protobuf would write them, with texts that it might not.
std::string any_value(std::mt19937_64& random, int depth) {
  std::string out, inside;
  const uint64_t kind = random() % (depth > 0 ? 4 : 3);
  if (kind == 0) put_field(out, 1, any_text(random));
  if (kind == 1) out = {'\x10', static_cast<char>(random() % 0x80)};
  if (kind == 2) {
    for (uint64_t n = random() % 3; n > 0; --n) put_field(inside, 1, any_text(random));
    put_field(out, 4, inside);
  }
  if (kind == 3) {
    std::string member;
    put_field(member, 1, any_text(random));
    put_field(member, 2, any_value(random, depth - 1));
    put_field(inside, 1, member);
    put_field(out, 5, inside);
  }
  return out;
}

std::string any_entry(std::mt19937_64& random) {
  static const std::string kNames[] = {"title", "date", "level", "kind", "_campaign"};
  std::string out;
  put_field(out, 1, std::string(16, static_cast<char>(random())));
  put_field(out, 2, "event");
  for (uint64_t n = random() % 3; n > 0; --n) put_field(out, 3, std::string(16, '\xa5'));
  for (uint64_t n = random() % 6; n > 0; --n) {
    std::string assignment;
    put_field(assignment, 1, kNames[random() % std::size(kNames)]);
    put_field(assignment, 2, any_value(random, 2));
    if (random() % 4 == 0) put_field(assignment, 3, std::string("\0\1", 2));
    put_field(out, 5, assignment);
  }
  const std::string clock(
      "\x08\x96\x01\x20\x07\x29"
      "12345678",
      14);
  put_field(out, 6, clock);
  return out;
}

std::vector<std::string> any_entries(std::mt19937_64& random) {
  std::vector<std::string> out;
  for (uint64_t n = random() % 20; n > 0; --n) out.push_back(any_entry(random));
  return out;
}

}  // namespace

TEST_CASE("entries come out of columns as they went in, whatever their texts hold") {
  CHECK(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    const auto entries = any_entries(random);
    const auto columns = to_columns(entries);
    RC_ASSERT(columns.has_value());
    RC_ASSERT(from_columns(*columns, limits::kMessageBytesMax) == entries);
  }));
}

TEST_CASE(
    "bytes that are no entry, or not as protobuf writes one, go into no columns or come back") {
  CHECK(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    auto entries = any_entries(random);
    for (std::string& entry : entries) {
      for (uint64_t n = random() % 3; n > 0; --n) {
        entry[random() % entry.size()] = static_cast<char>(random());
      }
    }
    const auto columns = to_columns(entries);
    if (columns) RC_ASSERT(from_columns(*columns, limits::kMessageBytesMax) == entries);
  }));
  CHECK_FALSE(to_columns({"entry 1"}));
  CHECK_FALSE(to_columns({std::string("\x0a\x01x", 3)}));             // an id of one byte
  CHECK_FALSE(to_columns({std::string("\x12\x81\x00x", 4)}));         // a length in two bytes
  CHECK_FALSE(to_columns({std::string("\x32\x03\x08\x80\x00", 5)}));  // a number likewise
  CHECK_FALSE(to_columns({std::string("\x52\x01x", 3)}));             // a field yet unknown
  CHECK_FALSE(to_columns({std::string("\x10\x05", 2)}));              // a form that is a number
}

TEST_CASE("columns that are malformed, or would give more than the limit, are refused") {
  std::mt19937_64 random(3);
  std::vector<std::string> entries;
  size_t bytes = 0;
  for (int i = 0; i < 50; ++i) bytes += entries.emplace_back(any_entry(random)).size();
  const std::string columns = *to_columns(entries);
  CHECK(from_columns(columns, bytes));
  CHECK_FALSE(from_columns(columns, bytes - 1));
  for (size_t size = 0; size < columns.size(); ++size) {
    REQUIRE_FALSE(from_columns(std::string_view(columns).substr(0, size), bytes));
  }
  CHECK_FALSE(from_columns(columns + "x", bytes));
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string wrong = columns;
    wrong[random() % wrong.size()] = static_cast<char>(random());
    const auto read = from_columns(wrong, 2 * bytes);
    refused += read ? 0 : 1;
  }
  CHECK(refused > 200);
  // A thousand and more entries of no bytes at all.
  const std::string none = "\x01\x88\x10" + std::string(2056, '\0');
  CHECK_FALSE(from_columns(none, bytes));
}

TEST_CASE("columns and their dictionary have these bytes") {
  Entry entry;
  entry.record.bytes.fill(0x11);
  entry.form = "event";
  entry.assignments = {{"title", Value("井口a"), {}}};
  entry.clock.wall.ms = 1;
  const auto encoded = encode(entry);
  REQUIRE(encoded);
  const auto columns = to_columns({*encoded, *encoded});
  REQUIRE(columns);
  CHECK(to_hex(as_bytes(*columns)) ==
        "07"
        "1a200c0c0c0202"
        "01020501020100000601020000"
        "01020501020100000601020000"
        "1111111111111111111111111111111111111111111111111111111111111111"
        "6576656e74006576656e7400"
        "7469746c65007469746c6500"
        "809585e36100809585e36100"
        "0400"
        "0200");
  // What one end has and the other has not would be read as something else.
  CHECK(sha256(as_bytes(columns_dictionary())).hex() ==
        "aeeb2288da2d3addc2973fc665bfed877ed4e59265631e5e1d512f4fab4d6bca");
}

TEST_CASE("a frame of entries is packed by column, and one of other bytes as they are") {
  std::mt19937_64 random(5);
  Batch batch;
  batch.book = "u1";
  batch.first = {1};
  for (int i = 0; i < 100; ++i) batch.entries.push_back(any_entry(random));
  FrameWriter writer;
  FrameReader reader;
  const std::string columns = writer.frame(batch);
  CHECK(columns[4] == 2);
  batch.entries.push_back("no entry");
  const std::string other = writer.frame(batch);
  CHECK(other[4] == 1);
  CHECK(columns.size() < other.size());
  for (const std::string& frame : {columns, other}) {
    reader.add(as_bytes(frame));
    const auto read = reader.next();
    REQUIRE(read);
    REQUIRE(*read);
    if (frame == columns) batch.entries.pop_back();
    if (frame == other) batch.entries.push_back("no entry");
    CHECK(encode(**read) == encode(Message(batch)));
  }
}
