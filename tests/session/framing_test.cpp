#include "sync/session/framing.hpp"

#include <rapidcheck.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <random>

#include "sync/ledger/limits.hpp"
#include "sync/session/entry_columns.hpp"
#include "tests/session/messages.hpp"

using namespace sitelog;

namespace {

std::string hex(const std::string& bytes) {
  return to_hex(as_bytes(bytes));
}

std::string framed(uint32_t length, const std::string& body) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift);
  return out + body;
}
std::string framed(const std::string& body) {
  return framed(static_cast<uint32_t>(body.size()), body);
}

Reason refusal_of(const std::string& bytes) {
  FrameReader reader;
  reader.add(as_bytes(bytes));
  const auto out = reader.next();
  REQUIRE(!out);
  return out.refusal().reason;
}

// A frame of entries by column, behind this message.
std::string by_columns(const std::string& message, const std::vector<std::string>& entries) {
  const auto columns = to_columns(entries);
  REQUIRE(columns);
  REQUIRE(message.size() < 0x4000);
  std::string plain;  // behind its size, as a varint
  if (message.size() >= 0x80) plain += static_cast<char>(message.size() | 0x80);
  plain += static_cast<char>(message.size() < 0x80 ? message.size() : message.size() >> 7);
  plain += message + *columns;
  const std::string_view like = columns_dictionary();
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  packed.resize(ZSTD_compress_usingDict(context, packed.data(), packed.size(), plain.data(),
                                        plain.size(), like.data(), like.size(), 3));
  ZSTD_freeCCtx(context);
  return framed("\x02" + packed);
}

}  // namespace

TEST_CASE("frames have these bytes") {
  FrameWriter writer;
  CHECK(hex(writer.frame(Ping{3})) ==
        "00000005"
        "00"
        "52020806");
  CHECK(hex(writer.frame(Goodbye{"done"})) ==
        "00000009"
        "00"
        "62060a04646f6e65");
  CHECK(hex(writer.frame(CaughtUp{})) ==
        "00000003"
        "00"
        "4a00");
  VectorMessage vector{"u1", {}};
  vector.tips.push_back({{{}, {0x0102}}, {7}, {}});
  vector.tips[0].stream.device.bytes.fill(0xaa);
  vector.tips[0].head.bytes.fill(0xbb);
  CHECK(hex(writer.frame(vector)) ==
        "00000048"
        "00"
        "2245"
        "0a027531"
        "123f"
        "0a10aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "110201000000000000"
        "1807"
        "2220bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
}

TEST_CASE("a message that gains by it is packed, and a short one is not") {
  FrameWriter writer;
  const std::string large = writer.frame(Receipt{"u", VersionVector(1000), {}, {}});
  CHECK(large.size() < 200);
  CHECK(large[4] == 1);
  CHECK(writer.frame(Goodbye{std::string(200, 'x')})[4] == 0);
  std::mt19937 random(1);
  std::string noise(5000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  JoinRequest request{noise, {}, "", {}};
  CHECK(writer.frame(request)[4] == 0);
}

TEST_CASE("every message comes out of its frames as it went in, however the bytes are cut") {
  CHECK(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    FrameWriter writer;
    std::string bytes;
    std::vector<std::string> sent;
    for (uint64_t n = 1 + random() % 8; n > 0; --n) {
      const Message message = any_message(random);
      sent.push_back(encode(message));
      bytes += writer.frame(message);
    }
    FrameReader reader;
    std::vector<std::string> arrived;
    for (size_t at = 0; at < bytes.size();) {
      const size_t size = std::min(bytes.size() - at, size_t{1} + random() % 300);
      reader.add(as_bytes(std::string_view(bytes).substr(at, size)));
      at += size;
      for (;;) {
        const auto message = reader.next();
        RC_ASSERT(static_cast<bool>(message));
        if (!*message) break;
        arrived.push_back(encode(**message));
      }
    }
    RC_ASSERT(arrived == sent);
    RC_ASSERT(reader.waiting() == 0U);
  }));
}

TEST_CASE("a frame that is not whole yet is waited for, wherever it is cut") {
  FrameWriter writer;
  std::mt19937_64 random(7);
  for (int kind = 0; kind < 3; ++kind) {
    const std::string frame = kind == 0 ? writer.frame(VectorMessage{"u", VersionVector(40)})
                                        : writer.frame(any_message(random));
    for (size_t size = 0; size < frame.size(); ++size) {
      FrameReader reader;
      reader.add(as_bytes(std::string_view(frame).substr(0, size)));
      const auto nothing = reader.next();
      REQUIRE(nothing);
      REQUIRE(!*nothing);
      reader.add(as_bytes(std::string_view(frame).substr(size)));
      const auto whole = reader.next();
      INFO((whole ? std::string() : describe(whole.refusal())));
      REQUIRE(whole);
      REQUIRE(whole->has_value());
    }
  }
}

TEST_CASE("frames that always end inside the next one's header do not pile up") {
  FrameWriter writer;
  FrameReader reader;
  const std::string frame = writer.frame(Ping{1});
  const std::string shifted = frame.substr(2) + frame.substr(0, 2);
  reader.add(as_bytes(frame.substr(0, 2)));
  size_t arrived = 0;
  for (int i = 0; i < 1000; ++i) {
    reader.add(as_bytes(shifted));
    for (auto message = reader.next(); message && *message; message = reader.next()) ++arrived;
    REQUIRE(reader.waiting() == 2);
  }
  CHECK(arrived == 1000);
}

TEST_CASE("what is no frame within the limits is refused with a reason") {
  CHECK(refusal_of(framed(uint32_t(limits::kFrameBytesMax) + 1, "")) == Reason::kTooLarge);
  CHECK(refusal_of(framed(0xffffffff, "")) == Reason::kTooLarge);
  CHECK(refusal_of(framed(0, "")) == Reason::kMalformed);
  CHECK(refusal_of(framed(1, "")) == Reason::kMalformed);
  CHECK(refusal_of(framed("\x02"
                          "abc")) == Reason::kMalformed);                         // no such packing
  CHECK(refusal_of(framed(std::string("\0\xff\xff", 3))) == Reason::kMalformed);  // no message
  CHECK(refusal_of(framed("\x01not zstd")) == Reason::kMalformed);
  // A message of a type that this version doesn't know.
  CHECK(refusal_of(framed(std::string("\0\xfa\x01\x00", 4))) == Reason::kMalformed);
  CHECK(refusal_of("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == Reason::kTooLarge);
}

TEST_CASE("entries by column stand behind the message of a batch that has none of its own") {
  Batch batch{"u1", {device_of(PublicKey{}), {7}}, {}, {1}, {}, {}, {}, {}};
  const std::vector<std::string> entries{{"\x12\x05"
                                          "event"},
                                         {"\x12\x06"
                                          "lesson"}};
  FrameReader reader;
  reader.add(as_bytes(by_columns(encode(batch), entries)));
  const auto read = reader.next();
  REQUIRE(static_cast<bool>(read));
  REQUIRE(read->has_value());
  CHECK(std::get<Batch>(**read).entries == entries);
  CHECK(reader.message_bytes() == encode(batch).size() + entries[0].size() + entries[1].size());

  CHECK(refusal_of(by_columns(encode(batch), {})) == Reason::kMalformed);
  CHECK(refusal_of(by_columns(encode(Ping{3}), entries)) == Reason::kMalformed);
  CHECK(refusal_of(by_columns("", entries)) == Reason::kMalformed);
  // Some in the message, some behind it.
  batch.entries = {entries[0]};
  CHECK(refusal_of(by_columns(encode(batch), entries)) == Reason::kMalformed);
}

TEST_CASE(
    "a small frame that would unfold beyond the limit is refused, and costs no more than the "
    "limit") {
  const std::string huge(64 * limits::kMessageBytesMax, 'x');
  std::string packed(ZSTD_compressBound(huge.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), huge.data(), huge.size(), 3));
  REQUIRE(packed.size() < limits::kFrameBytesMax);
  CHECK(refusal_of(framed("\x01" + packed)) == Reason::kMalformed);
}

TEST_CASE("a flipped or missing byte is refused or read as another message, never a crash") {
  FrameWriter writer;
  std::mt19937_64 random(11);
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string frame = writer.frame(any_message(random));
    for (uint64_t n = 1 + random() % 3; n > 0; --n) {
      frame[4 + random() % (frame.size() - 4)] = static_cast<char>(random());
    }
    FrameReader reader;
    reader.add(as_bytes(frame));
    const auto read = reader.next();
    if (read) continue;
    ++refused;
    const Reason reason = read.refusal().reason;
    CHECK((reason == Reason::kMalformed || reason == Reason::kTooLarge));
  }
  CHECK(refused > 100);
}
