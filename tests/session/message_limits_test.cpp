#include <catch2/catch.hpp>

#include "proto/sync.pb.h"
#include "sync/ledger/limits.hpp"
#include "sync/session/message.hpp"
#include "tests/session/messages.hpp"

using namespace sitelog;

namespace {

bool taken(const wire::Message& message) {
  return static_cast<bool>(decode_message(as_bytes(message.SerializeAsString())));
}
bool taken(const Message& message) {
  return static_cast<bool>(decode_message(as_bytes(encode(message))));
}

Batch batch_of(size_t entries, size_t bytes_each) {
  Batch out;
  out.book = "u";
  out.first = {1};
  out.entries.assign(entries, std::string(bytes_each, 'x'));
  return out;
}

}  // namespace

TEST_CASE("messages are taken up to their limits and refused past them") {
  CHECK(taken(Hello{1, 1, {}, std::vector<BookDigest>(limits::kBooksMax, {"u", {}}), ""}));
  CHECK(!taken(Hello{1, 1, {}, std::vector<BookDigest>(limits::kBooksMax + 1, {"u", {}}), ""}));
  CHECK(!taken(CaughtUp{std::vector<BookDigest>(limits::kBooksMax + 1, {"u", {}})}));
  CHECK(taken(VectorMessage{"u", VersionVector(limits::kTipsListedMax)}));
  CHECK(!taken(VectorMessage{"u", VersionVector(limits::kTipsListedMax + 1)}));
  const TipRange smallest{std::string(TipRange::kDigitsMax, '\0')};
  CHECK(taken(VectorMessage{"u", VersionVector(limits::kTipsMax), smallest}));
  CHECK(!taken(VectorMessage{"u", VersionVector(limits::kTipsMax + 1), smallest}));
  const auto welcome = [](size_t tips) {
    Welcome out;
    out.books.push_back({"u", {}, true, VersionVector(tips)});
    return out;
  };
  CHECK(taken(welcome(limits::kTipsListedMax)));
  CHECK(!taken(welcome(limits::kTipsListedMax + 1)));
  CHECK(taken(Receipt{"u", VersionVector(limits::kTipsMax), {}, {}}));
  CHECK(!taken(Receipt{"u", VersionVector(limits::kTipsMax + 1), {}, {}}));
  CHECK(taken(Locate{"u", {}, std::vector<Mark>(limits::kLocatorMax)}));
  CHECK(!taken(Locate{"u", {}, std::vector<Mark>(limits::kLocatorMax + 1)}));
  CHECK(taken(Message(batch_of(limits::kBatchEntriesMax, 800))));
  CHECK(!taken(Message(batch_of(limits::kBatchEntriesMax + 1, 1))));
  CHECK(taken(Message(batch_of(1, limits::kEntryBytesMax))));
  CHECK(!taken(Message(batch_of(1, limits::kEntryBytesMax + 1))));
  CHECK(!taken(Message(batch_of(0, 0))));
  CHECK(taken(VectorMessage{std::string(limits::kBookCodeBytesMax, 'u'), {}}));
  CHECK(!taken(VectorMessage{std::string(limits::kBookCodeBytesMax + 1, 'u'), {}}));
  CHECK(!taken(VectorMessage{"", {}}));
  CHECK(taken(JoinRequest{"", {}, std::string(limits::kPersonBytesMax, 'n'), {}}));
  CHECK(!taken(JoinRequest{"", {}, std::string(limits::kPersonBytesMax + 1, 'n'), {}}));
  const auto goodbye = [](size_t bytes) {
    wire::Message out;
    out.mutable_goodbye()->set_reason(std::string(bytes, 'x'));
    return out;
  };
  CHECK(taken(goodbye(limits::kRefusalTextBytesMax)));
  CHECK(!taken(goodbye(limits::kRefusalTextBytesMax + 1)));
  const auto refusal = [](size_t args, size_t bytes) {
    wire::Message out;
    out.mutable_refuse()->set_text(std::string(bytes, 't'));
    for (size_t i = 0; i < args; ++i) out.mutable_refuse()->add_args(std::string(bytes, 'a'));
    return out;
  };
  CHECK(taken(refusal(limits::kRefusalArgsMax, limits::kRefusalTextBytesMax)));
  CHECK(!taken(refusal(limits::kRefusalArgsMax + 1, 1)));
  CHECK(!taken(refusal(1, limits::kRefusalTextBytesMax + 1)));
  CHECK(!decode_message(as_bytes(std::string(limits::kMessageBytesMax + 1, 'x'))));
}

TEST_CASE("the largest batch a store may make fits a message") {
  CHECK(
      encode(batch_of(limits::kBatchEntriesMax, limits::kBatchBytesMax / limits::kBatchEntriesMax))
          .size() < limits::kMessageBytesMax);
}

TEST_CASE("ids, hashes, keys and signatures of a wrong length are refused") {
  wire::Message message;
  message.mutable_hello()->set_device("short");
  CHECK(!taken(message));
  message.mutable_vector()->set_book("u");
  CHECK(taken(message));
  auto* tip = message.mutable_vector()->add_tips();
  CHECK(!taken(message));
  tip->set_device(std::string(16, 'd'));
  tip->set_head(std::string(31, 'h'));
  CHECK(!taken(message));
  tip->set_head(std::string(32, 'h'));
  CHECK(taken(message));
  auto* entries = message.mutable_entries();
  entries->set_book("u");
  entries->set_key(std::string(32, 'k'));
  entries->set_signature(std::string(64, 's'));
  entries->add_entry("e");
  CHECK(!taken(message));  // first: 0
  entries->set_first(1);
  CHECK(taken(message));
  entries->set_first(2);  // then `previous` is a must
  CHECK(!taken(message));
  entries->set_previous(std::string(16, 'p'));
  CHECK(taken(message));
  entries->set_first((uint64_t{1} << 40) + 1);
  CHECK(!taken(message));
  entries->set_first(1);
  entries->set_signature(std::string(63, 's'));
  CHECK(!taken(message));
  message.mutable_acknowledge()->set_book("u");
  CHECK(taken(message));  // a site's has no signature
  message.mutable_acknowledge()->set_signature("x");
  CHECK(!taken(message));
}

TEST_CASE("the author of a batch follows from its key, so nobody can name another") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) {
    const auto message = decode_message(as_bytes(encode(any_message(random))));
    REQUIRE(message);
    if (const auto* batch = std::get_if<Batch>(&*message)) {
      CHECK(batch->stream.device == device_of(batch->key));
    }
  }
}

TEST_CASE("a refusal with a reason this version doesn't know is read as one it knows") {
  wire::Message message;
  message.mutable_refuse()->set_reason("thought_of_later");
  message.mutable_refuse()->set_text("install the newer one");
  const auto read = decode_message(as_bytes(message.SerializeAsString()));
  REQUIRE(read);
  CHECK(std::get<Refuse>(*read).refusal.text == "install the newer one");
}

TEST_CASE("fields of a later version are passed over") {
  std::string bytes = encode(Ping{5});
  wire::Message message;
  message.mutable_ping()->set_nonce(5);
  bytes = message.SerializeAsString() + std::string("\xf8\x07\x01", 3);  // field 127
  const auto read = decode_message(as_bytes(bytes));
  REQUIRE(read);
  CHECK(std::get<Ping>(*read).nonce == 5);
}

TEST_CASE("a Welcome that doesn't say the time reads back so") {
  Welcome welcome;
  for (const auto& wall : {std::optional<Instant>(), std::optional(Instant{0}),
                           std::optional(Instant{1'700'000'000'000})}) {
    welcome.wall = wall;
    const auto read = decode_message(as_bytes(encode(Message(welcome))));
    REQUIRE(read);
    CHECK(std::get<Welcome>(*read).wall == wall);
  }
}

TEST_CASE("a receipt is signed over these bytes, its headquarters among them") {
  Receipt receipt{"u1", {}, {1'700'000'000'000}, {}};
  receipt.tips.push_back({{{}, {0x0102}}, {7}, {}});
  receipt.tips[0].stream.device.bytes.fill(0xaa);
  receipt.tips[0].head.bytes.fill(0xbb);
  receipt.headquarters.bytes.fill(0xcc);
  const std::string said =
      "0a027531"
      "123f"
      "0a10aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "110201000000000000"
      "1807"
      "2220bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
      "1880a0abfef962";
  const std::string named = "2a10cccccccccccccccccccccccccccccccc";
  CHECK(to_hex(as_bytes(receipt_message(receipt))) ==
        to_hex(as_bytes("sitelog receipt 2\n")) + said + named);
  receipt.signature.bytes.fill(1);  // the signature is no part of what it signs
  CHECK(to_hex(as_bytes(receipt_message(receipt))).ends_with(said + named));
  // As it was before receipts named theirs.
  receipt.headquarters = {};
  CHECK(to_hex(as_bytes(receipt_message(receipt))) ==
        to_hex(as_bytes("sitelog receipt 1\n")) + said);
}

TEST_CASE("what is too long to be told is cut where it is written, between characters") {
  std::string reason;
  while (reason.size() <= limits::kRefusalTextBytesMax) reason += "撤";
  for (const std::string& before : {std::string(), std::string("a"), std::string("ab")}) {
    const Refuse long_one{{Reason::kRevoked, before + reason,
                           std::vector<std::string>(limits::kRefusalArgsMax + 1, before + reason)},
                          {},
                          {}};
    const auto read = decode_message(as_bytes(encode(Message(long_one))));
    REQUIRE(read);
    const Refusal& told = std::get<Refuse>(*read).refusal;
    CHECK(told.reason == Reason::kRevoked);
    CHECK(told.args.size() == limits::kRefusalArgsMax);
    for (const std::string& text : {told.text, told.args.front()}) {
      CHECK(text.size() > limits::kRefusalTextBytesMax - 4);
      CHECK(text.ends_with("撤…"));
      CHECK((before + reason).starts_with(text.substr(0, text.size() - std::string("…").size())));
    }
    const auto bye = decode_message(as_bytes(encode(Message(Goodbye{before + reason}))));
    REQUIRE(bye);
    CHECK(std::get<Goodbye>(*bye).reason == told.text);
  }
}
