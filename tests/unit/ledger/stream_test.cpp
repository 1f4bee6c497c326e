#include "sync/ledger/stream.hpp"

#include <functional>
#include <random>

#include "support.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/tip_tree.hpp"
#include "tests/support/keys.hpp"

using namespace sitelog;

namespace {

Hash head_of(const std::vector<std::string>& entries) {
  Hash head = chain_start("unit-1", StreamKey{DeviceId{}, {1}});
  for (const auto& bytes : entries) head = chain_next(head, as_bytes(bytes));
  return head;
}

Tip any_tip() {
  return {{*any_bytes<DeviceId>(), {*rc::gen::arbitrary<uint64_t>()}},
          {*rc::gen::arbitrary<uint64_t>()},
          *any_bytes<Hash>()};
}

VersionVector any_vector() {
  VersionVector out;
  const int size = *rc::gen::inRange(0, 8);
  for (int i = 0; i < size; ++i) out.push_back(any_tip());
  return out;
}

}  // namespace

TEST_CASE("Altering, dropping, swapping or inserting any entry changes the head of its stream") {
  rc::prop("for random streams", [](const std::vector<std::string>& entries) {
    RC_PRE(!entries.empty());
    const Hash head = head_of(entries);
    const size_t at = *rc::gen::inRange<size_t>(0, entries.size());
    const size_t other = *rc::gen::inRange<size_t>(0, entries.size());

    auto altered = entries;
    altered[at] += "x";
    RC_ASSERT(head_of(altered) != head);
    if (!entries[at].empty()) {
      altered = entries;
      altered[at][0] = static_cast<char>(altered[at][0] ^ 1);
      RC_ASSERT(head_of(altered) != head);
    }
    auto dropped = entries;
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(at));
    RC_ASSERT(head_of(dropped) != head);

    auto swapped = entries;
    std::swap(swapped[at], swapped[other]);
    RC_ASSERT((head_of(swapped) == head) == (swapped == entries));

    auto inserted = entries;
    inserted.insert(inserted.begin() + static_cast<std::ptrdiff_t>(at), entries[other]);
    RC_ASSERT(head_of(inserted) != head);

    if (entries.size() > 1) {  // moving the border between two entries
      auto joined = entries;
      joined[0] += joined[1];
      joined.erase(joined.begin() + 1);
      RC_ASSERT(head_of(joined) != head);
    }
  });
}

TEST_CASE("The same entries in another book, device or epoch have another head") {
  const DeviceId device = fresh_key().device();
  const Hash start = chain_start("unit-1", {device, {1}});
  CHECK(start == chain_start("unit-1", {device, {1}}));
  CHECK(start != chain_start("unit-2", {device, {1}}));
  CHECK(start != chain_start("unit-1", {device, {2}}));
  CHECK(start != chain_start("unit-1", {DeviceId{}, {1}}));
}

TEST_CASE("The chain goes on from an entry's digest alone, when its body is gone") {
  rc::prop("for all bytes", [](const std::string& bytes) {
    const Hash previous = *any_bytes<Hash>();
    RC_ASSERT(chain_next(previous, as_bytes(bytes)) ==
              chain_next(previous, sha256(as_bytes(bytes))));
  });
}

TEST_CASE("A book's digest does not depend on the order of its tips") {
  rc::prop("for random vectors", [] {
    const VersionVector vector = any_vector();
    VersionVector shuffled = vector;
    std::shuffle(shuffled.begin(), shuffled.end(),
                 std::mt19937_64(*rc::gen::arbitrary<uint64_t>()));
    RC_ASSERT(digest_of("unit-1", vector) == digest_of("unit-1", shuffled));
  });
}

TEST_CASE("Two books have equal digests only when they hold the same") {
  rc::prop("for random vectors", [] {
    VersionVector vector = any_vector();
    vector.push_back(any_tip());
    const Hash digest = digest_of("unit-1", vector);
    RC_ASSERT(digest != digest_of("unit-2", vector));
    for (const auto& change : std::vector<std::function<void(VersionVector&)>>{
             [](VersionVector& v) { v.pop_back(); },
             [](VersionVector& v) { v.push_back(v.back()); },
             [](VersionVector& v) { ++v.back().number.value; },
             [](VersionVector& v) { ++v.back().stream.epoch.value; },
             [](VersionVector& v) { v.back().stream.device.bytes[0] ^= 1; },
             [](VersionVector& v) { v.back().head.bytes[31] ^= 1; },
         }) {
      VersionVector changed = vector;
      change(changed);
      RC_ASSERT(digest_of("unit-1", changed) != digest);
    }
  });
}

TEST_CASE("A signed head holds for its book, stream, number and hash only") {
  const SigningKey key = fresh_key();
  const Tip tip{{key.device(), {77}}, {12}, sha256(as_bytes("head"))};
  const Signature signature = sign_head(key, "unit-1", tip);
  CHECK(head_is_signed(key.public_key(), "unit-1", tip, signature));

  CHECK_FALSE(head_is_signed(key.public_key(), "unit-2", tip, signature));
  CHECK_FALSE(head_is_signed(key.public_key(), "", tip, signature));
  Tip other = tip;
  ++other.number.value;
  CHECK_FALSE(head_is_signed(key.public_key(), "unit-1", other, signature));
  other = tip;
  ++other.stream.epoch.value;
  CHECK_FALSE(head_is_signed(key.public_key(), "unit-1", other, signature));
  other = tip;
  other.head.bytes[0] ^= 1;
  CHECK_FALSE(head_is_signed(key.public_key(), "unit-1", other, signature));
  Signature spoilt = signature;
  spoilt.bytes[10] ^= 1;
  CHECK_FALSE(head_is_signed(key.public_key(), "unit-1", tip, spoilt));
  CHECK_FALSE(head_is_signed(key.public_key(), "unit-1", tip, Signature{}));
}

TEST_CASE("A device can't sign for another device's stream") {
  const SigningKey key = fresh_key();
  const SigningKey thief = fresh_key();
  const Tip tip{{key.device(), {77}}, {12}, sha256(as_bytes("head"))};
  const Signature signature = sign_head(thief, "unit-1", tip);
  CHECK_FALSE(head_is_signed(key.public_key(), "unit-1", tip, signature));
  CHECK_FALSE(head_is_signed(thief.public_key(), "unit-1", tip, signature));
}

TEST_CASE("A stream is written as book, device and epoch") {
  DeviceId device;
  device.bytes.fill(0xAB);
  CHECK(to_text("unit-1", {device, {258}}) ==
        "unit-1/abababababababababababababababab/0000000000000102");
}
