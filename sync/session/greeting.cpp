#include "sync/session/greeting.hpp"

#include <algorithm>
#include <set>

namespace sitelog {

Greeting::Greeting(Replica& replica, DeviceId own, const Peer& peer, std::string software)
    : replica_(replica), own_(own), peer_(peer), software_(std::move(software)) {}

Result<Hello> Greeting::open(const ClockReading& now) {
  auto scope = replica_.scope(peer_);
  if (!scope) return scope.refusal();
  opened_at_ = now;
  Hello out;
  out.device = own_;
  out.software = software_;
  for (const BookCode& book : *scope) {
    const Said& said = said_[book] = {replica_.digest(book), replica_.vector(book)};
    out.books.push_back({book, said.digest});
  }
  out.agreement_key = replica_.agreement_claim();
  return out;
}

Result<Greeting::Answer> Greeting::answer(const Hello& hello, const ClockReading& now) {
  if (hello.device != peer_.device) {
    return Refusal{Reason::kUnknownDevice,
                   N_("the device named is not the one whose certificate was shown"),
                   {}};
  }
  if (hello.version_max < kProtocolVersionMin || hello.version_min > kProtocolVersionMax) {
    return Refusal{
        Reason::kVersion,
        N_("this device speaks protocol versions {} to {}, headquarters {} to {}: install "
           "the Sitelog that headquarters hands out; recording goes on meanwhile"),
        {std::to_string(hello.version_min), std::to_string(hello.version_max),
         std::to_string(kProtocolVersionMin), std::to_string(kProtocolVersionMax)}};
  }
  const auto scope = replica_.scope(peer_);
  if (!scope) return scope.refusal();
  greeted_ = true;
  replica_.contact(peer_, now, now.wall);
  if (hello.agreement_key) {
    const auto kept = replica_.keep_agreement_key(peer_, *hello.agreement_key, now);
    if (!kept) agreement_refused_ = kept.refusal();
  }
  Answer out;
  out.hidden = replica_.refuse_reading(peer_).has_value();
  out.welcome.version = std::min(hello.version_max, kProtocolVersionMax);
  out.welcome.device = own_;
  out.welcome.wall = replica_.time_to_tell(now);
  out.welcome.software = software_;
  for (const BookCode& book : *scope) {
    BookOffer offer{.book = book,
                    .digest = out.hidden ? digest_of(book, VersionVector{}) : replica_.digest(book),
                    .differs = true,
                    .tips = {}};
    const auto theirs = std::find_if(hello.books.begin(), hello.books.end(),
                                     [&](const BookDigest& item) { return item.book == book; });
    offer.differs = theirs == hello.books.end() || theirs->digest != offer.digest;
    if (out.hidden) {
      // As if nothing were held: then it brings all that it has.
      out.books.push_back({book, std::nullopt, {}});
      if (!offer.differs) out.books.back() = {book, VectorMessage{book, {}}, offer.digest};
    } else if (offer.differs) {
      TipsInRange own = replica_.tip_tree(book).in({});
      offer.tips = std::move(own.tips);
      offer.parts = std::move(own.parts);
      out.books.push_back({book, {}, {}});
    } else {
      out.books.push_back({book, VectorMessage{book, replica_.vector(book)}, offer.digest});
    }
    out.welcome.books.push_back(std::move(offer));
  }
  return out;
}

std::optional<Refusal> Greeting::refuse_books(const Welcome& welcome) const {
  std::set<BookCode> offered;
  for (const BookOffer& offer : welcome.books) {
    const auto said = said_.find(offer.book);
    if (said == said_.end()) {
      return Refusal{Reason::kWrongUnit,
                     N_("headquarters offers the book of unit {}, which this device may not hold"),
                     {offer.book}};
    }
    if (!offer.differs && said->second.digest != offer.digest) {
      return malformed_message("a book said to be equal is not");
    }
    offered.insert(offer.book);
  }
  for (const auto& [book, said] : said_) {
    // A book that is not synced must not count as caught up.
    if (!offered.contains(book)) {
      return Refusal{
          Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {book}};
    }
  }
  return std::nullopt;
}

Result<std::vector<GreetedBook>> Greeting::conclude(const Welcome& welcome) {
  if (welcome.device != peer_.device) {
    return Refusal{
        Reason::kNotHeadquarters, N_("the other end is not this device's headquarters"), {}};
  }
  if (welcome.version < kProtocolVersionMin || welcome.version > kProtocolVersionMax) {
    return Refusal{
        Reason::kVersion,
        N_("headquarters chose protocol version {}, this device speaks {} to {}: install "
           "the Sitelog that headquarters hands out; recording goes on meanwhile"),
        {std::to_string(welcome.version), std::to_string(kProtocolVersionMin),
         std::to_string(kProtocolVersionMax)}};
  }
  if (const auto refusal = refuse_books(welcome)) return *refusal;
  greeted_ = true;
  std::vector<GreetedBook> out;
  for (const BookOffer& offer : welcome.books) {
    if (offer.differs) {
      out.push_back({offer.book, VectorMessage{offer.book, offer.tips, {}, offer.parts}, {}});
    } else {
      // Equal to what Hello said; what was written here since is still to be sent.
      out.push_back(
          {offer.book, VectorMessage{offer.book, said_.at(offer.book).tips}, offer.digest});
    }
  }
  said_.clear();
  return out;
}

std::optional<Instant> Greeting::true_wall(const Welcome& welcome, const ClockReading& now) const {
  if (!welcome.wall) return std::nullopt;
  const int64_t round_trip_ms = std::max<int64_t>(0, now.monotonic_ms - opened_at_->monotonic_ms);
  Instant out;
  if (__builtin_add_overflow(welcome.wall->ms, round_trip_ms / 2, &out.ms)) return welcome.wall;
  return out;
}

}  // namespace sitelog
