// The bytes that docs/protocol.md shows. A change here is a change of what is stored and signed.
#include <fstream>
#include <map>

#include "support.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/tip_tree.hpp"

using namespace sitelog;

namespace {

std::map<std::string, std::string> shown_bytes() {
  std::map<std::string, std::string> out;
  std::ifstream file(WORKED_EXAMPLE);
  for (std::string line; std::getline(file, line);) {
    const size_t equals = line.find(" = ");
    if (line.starts_with('#') || equals == std::string::npos) continue;
    out[line.substr(0, equals)] = line.substr(equals + 3);
  }
  return out;
}

std::map<std::string, std::string> made_bytes() {
  std::map<std::string, std::string> out;
  std::array<uint8_t, 32> seed;
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(i);
  const SigningKey key = SigningKey::from_seed(seed);
  const BookCode book = "shenma-mine-8";
  const StreamKey stream{key.device(), {0x0123456789abcdef}};
  out["seed"] = to_hex(seed);
  out["public_key"] = key.public_key().hex();
  out["device"] = key.device().hex();
  out["book"] = to_hex(as_bytes(book));
  out["epoch"] = "0123456789abcdef";

  Entry first;
  first.record = *RecordId::parse("101112131415161718191a1b1c1d1e1f");
  first.form = "event";
  first.assignments = {
      {"_campaign", "thousand-events", {}}, {"participants", 120, {}}, {"title", "送文艺下井", {}}};
  first.clock = {{1'718'000'000'000}, 60'000, 0xfedcba9876543210};
  first.hybrid = {1'718'000'000'000, 0};
  first.person = "李明";
  const std::string first_bytes = *encode(first);
  const Hash start = chain_start(book, stream);
  const Hash first_hash = chain_next(start, as_bytes(first_bytes));
  out["chain_0"] = start.hex();
  out["entry_1"] = to_hex(as_bytes(first_bytes));
  out["entry_1_digest"] = sha256(as_bytes(first_bytes)).hex();
  out["chain_1"] = first_hash.hex();
  out["entry_1_name"] = name_of(first_hash).hex();

  Entry second;
  second.record = first.record;
  second.form = first.form;
  second.parents = {name_of(first_hash)};
  second.assignments = {
      {"participants", 135, {name_of(first_hash)}},
      {"place", Structure{{"kind", "mine"}, {"level", -600}}, {}},
      {"teams", TextList{"一队", "二队"}, {}},
      {"title", Value(), {name_of(first_hash)}},
      {"volunteer", true, {}},
  };
  second.clock = {{1'717'999'000'000}, 90'000, 0xfedcba9876543210};  // set back meanwhile
  second.hybrid = {1'718'000'000'000, 1};
  second.person = "李明";
  const std::string second_bytes = *encode(second);
  const Hash second_hash = chain_next(first_hash, as_bytes(second_bytes));
  out["entry_2"] = to_hex(as_bytes(second_bytes));
  out["entry_2_digest"] = sha256(as_bytes(second_bytes)).hex();
  out["chain_2"] = second_hash.hex();
  out["entry_2_name"] = name_of(second_hash).hex();

  const Tip tip{stream, {2}, second_hash};
  out["head_message"] = to_hex(as_bytes(head_message(book, tip)));
  out["signature"] = sign_head(key, book, tip).hex();
  out["book_digest"] = digest_of(book, {tip}).hex();
  return out;
}

}  // namespace

TEST_CASE("Entries, chain and signature have the very bytes that the protocol's example shows") {
  const auto shown = shown_bytes();
  const auto made = made_bytes();
  for (const auto& [name, hex] : made) {
    INFO(name << " = " << hex);
    REQUIRE(shown.contains(name));
    CHECK(shown.at(name) == hex);
  }
  CHECK(shown.size() == made.size());
}

TEST_CASE("The protocol's example verifies from its bytes alone") {
  auto shown = shown_bytes();
  const auto bytes_of = [&](const char* name) {
    std::string out(shown[name].size() / 2, '\0');
    REQUIRE(from_hex(shown[name], reinterpret_cast<uint8_t*>(out.data()), out.size()));
    return out;
  };
  const std::string book = bytes_of("book");
  const StreamKey stream{*DeviceId::parse(shown["device"]), {0x0123456789abcdef}};
  Hash hash = chain_start(book, stream);
  hash = chain_next(hash, as_bytes(bytes_of("entry_1")));
  hash = chain_next(hash, *Hash::parse(shown["entry_2_digest"]));
  CHECK(head_is_signed(*PublicKey::parse(shown["public_key"]), book, {stream, {2}, hash},
                       *Signature::parse(shown["signature"])));
  const auto second = decode_entry(as_bytes(bytes_of("entry_2")));
  REQUIRE(second);
  CHECK(second->parents == std::vector{*EntryName::parse(shown["entry_1_name"])});
  CHECK(second->hybrid == HybridTime{1'718'000'000'000, 1});
}
