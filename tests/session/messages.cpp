#include "tests/session/messages.hpp"

namespace sitelog {

namespace {

template <class Fixed>
Fixed any_bytes(std::mt19937_64& random) {
  Fixed out;
  for (uint8_t& byte : out.bytes) byte = static_cast<uint8_t>(random());
  return out;
}

std::string any_text(std::mt19937_64& random, size_t longest = 40) {
  std::string out(random() % longest, '\0');
  for (char& c : out) c = static_cast<char>('a' + random() % 26);
  return out;
}

BookCode any_book(std::mt19937_64& random) {
  return "b" + any_text(random, 10);
}

Tip any_tip(std::mt19937_64& random) {
  return {{any_bytes<DeviceId>(random), {random()}}, {random()}, any_bytes<Hash>(random)};
}

Mark any_mark(std::mt19937_64& random) {
  return {{random()}, any_bytes<EntryName>(random)};
}

VersionVector any_tips(std::mt19937_64& random) {
  VersionVector out;
  for (uint64_t n = random() % 5; n > 0; --n) out.push_back(any_tip(random));
  return out;
}

std::vector<Hash> any_parts(std::mt19937_64& random) {
  std::vector<Hash> out;
  if (random() % 2 == 0) return out;
  for (size_t i = 0; i < TipRange::kParts; ++i) out.push_back(any_bytes<Hash>(random));
  return out;
}

VectorMessage any_vector(std::mt19937_64& random) {
  VectorMessage out{any_book(random), any_tips(random)};
  while (random() % 3 == 0 && out.range.digits.size() < TipRange::kDigitsMax) {
    out.range = out.range.part(random() % TipRange::kParts);
  }
  std::erase_if(out.tips, [&](const Tip& tip) { return !out.range.contains(tip.head); });
  if (out.tips.empty()) out.parts = any_parts(random);
  return out;
}

std::vector<BookDigest> any_digests(std::mt19937_64& random) {
  std::vector<BookDigest> out;
  for (uint64_t n = random() % 5; n > 0; --n) {
    out.push_back({any_book(random), any_bytes<Hash>(random)});
  }
  return out;
}

std::optional<AgreementClaim> any_claim(std::mt19937_64& random) {
  if (random() % 2 == 0) return std::nullopt;
  return AgreementClaim{any_text(random, 70), any_text(random, 70)};
}

Batch any_batch(std::mt19937_64& random) {
  Batch out;
  out.book = any_book(random);
  out.key = any_bytes<PublicKey>(random);
  out.stream = {device_of(out.key), {random()}};
  out.first = {1 + random() % 1000};
  if (out.first.value > 1) out.previous = any_bytes<EntryName>(random);
  for (uint64_t n = 1 + random() % 20; n > 0; --n) {
    if (random() % 8 == 0) out.erased[out.entries.size()] = any_bytes<Hash>(random);
    const bool erased = out.erased.contains(out.entries.size());
    out.entries.push_back(erased ? std::string() : any_text(random, 200));
  }
  out.signature = any_bytes<Signature>(random);
  return out;
}

Refuse any_refuse(std::mt19937_64& random) {
  Refuse out{{static_cast<Reason>(random() % 31), any_text(random), {any_text(random)}}, {}, {}};
  if (random() % 2 == 0) {
    out.book = any_book(random);
    out.tip = any_tip(random);
  }
  return out;
}

}  // namespace

Message any_message(std::mt19937_64& random) {
  switch (random() % 14) {
    case 0:
      return Hello{static_cast<uint32_t>(random()),
                   static_cast<uint32_t>(random()),
                   any_bytes<DeviceId>(random),
                   any_digests(random),
                   any_text(random),
                   any_claim(random)};
    case 1: {
      Welcome out{1, any_bytes<DeviceId>(random), Instant{int64_t(random())}, {}, any_text(random)};
      for (const auto& item : any_digests(random)) {
        out.books.push_back({item.book, item.digest, random() % 2 == 0, any_tips(random)});
        if (out.books.back().tips.empty()) out.books.back().parts = any_parts(random);
      }
      return out;
    }
    case 2: return any_refuse(random);
    case 3: return any_vector(random);
    case 4: return any_batch(random);
    case 5: {
      Receipt out{any_book(random), any_tips(random), {int64_t(random())}, {}};
      if (random() % 2 == 0) out.signature = any_bytes<Signature>(random);
      if (random() % 2 == 0) out.headquarters = any_bytes<HeadquartersId>(random);
      return out;
    }
    case 6: {
      Locate out{any_book(random), any_tip(random), {}};
      for (uint64_t n = random() % 5; n > 0; --n) out.samples.push_back(any_mark(random));
      return out;
    }
    case 7: return Located{any_book(random), any_tip(random), any_mark(random)};
    case 8: return CaughtUp{any_digests(random)};
    case 9: return Ping{int64_t(random())};
    case 10: return Pong{int64_t(random())};
    case 11: return Goodbye{any_text(random)};
    case 12:
      return JoinRequest{any_text(random), any_bytes<PublicKey>(random), any_text(random),
                         any_bytes<Signature>(random), any_claim(random)};
    default:
      return JoinReply{any_text(random), any_text(random), any_bytes<PublicKey>(random),
                       any_text(random), any_book(random)};
  }
}

}  // namespace sitelog
