#include "sync/merge/book_settings.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

std::string hex_number(uint64_t number) {
  std::array<uint8_t, 8> bytes;
  for (int i = 0; i < 8; ++i)
    bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(number >> (56 - 8 * i));
  return to_hex(bytes);
}

std::optional<uint64_t> parse_hex_number(std::string_view hex) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), out, 16);
  if (hex.size() != 16 || error != std::errc() || end != hex.data() + hex.size())
    return std::nullopt;
  return out;
}

const Value* member(const Value& value, const char* name) {
  const Structure* structure = value.structure();
  if (structure == nullptr) return nullptr;
  const auto at = structure->find(name);
  return at != structure->end() ? &at->second : nullptr;
}

// "epoch:number:head" of one tip that a revocation keeps.
std::string tip_text(const Tip& tip) {
  return hex_number(tip.stream.epoch.value) + ":" + std::to_string(tip.number.value) + ":" +
         tip.head.hex();
}

std::optional<DeviceShare> parse_allowed(const Value* value) {
  const Value* entries = value != nullptr ? member(*value, "entries") : nullptr;
  const Value* bytes = value != nullptr ? member(*value, "bytes") : nullptr;
  if (entries == nullptr || bytes == nullptr || entries->integer() == nullptr ||
      bytes->integer() == nullptr || *entries->integer() < 0 || *bytes->integer() < 0) {
    return std::nullopt;
  }
  const auto said = [&](const char* name) {
    const Value* in = member(*value, name);
    const int64_t* number = in != nullptr ? in->integer() : nullptr;
    return number != nullptr && *number > 0 ? static_cast<uint64_t>(*number) : 0;
  };
  return DeviceShare{static_cast<uint64_t>(*entries->integer()),
                     static_cast<uint64_t>(*bytes->integer()), said("streams"), said("chains"),
                     said("contended")};
}

std::optional<Tip> parse_tip(const DeviceId& device, std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = text.find(':', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto epoch = parse_hex_number(text.substr(0, first));
  const auto head = Hash::parse(text.substr(second + 1));
  Tip tip{{device, {epoch.value_or(0)}}, {}, head.value_or(Hash{})};
  const auto digits = text.substr(first + 1, second - first - 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), tip.number.value);
  if (!epoch || !head || error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return tip;
}

}  // namespace

Value revoked_value(const std::vector<Tip>& kept, int64_t wall_ms, const std::string& reason) {
  TextList tips;
  for (const Tip& tip : kept) tips.push_back(tip_text(tip));
  return Value(
      Structure{{"kept", std::move(tips)}, {"wall", Value(wall_ms)}, {"reason", Value(reason)}});
}

Value held_up_value(const std::vector<Tip>& kept, int64_t wall_ms) {
  Structure out = *revoked_value(kept, wall_ms, "").structure();
  out.emplace("held_up", Value(true));
  return Value(std::move(out));
}

Value allowed_value(const DeviceShare& share) {
  return Value(Structure{{"entries", Value(static_cast<int64_t>(share.entries))},
                         {"bytes", Value(static_cast<int64_t>(share.bytes))},
                         {"streams", Value(static_cast<int64_t>(share.streams))},
                         {"chains", Value(static_cast<int64_t>(share.chains))},
                         {"contended", Value(static_cast<int64_t>(share.contended))}});
}

std::string anchor_field(uint64_t boot) {
  return hex_number(boot);
}

Value anchor_value(const ClockAnchor& anchor) {
  return Value(
      Structure{{"monotonic", Value(anchor.monotonic_ms)}, {"wall", Value(anchor.wall_ms)}});
}

BookSettings::BookSettings(BookCode book, DeviceId authority, const Catalogue& catalogue)
    : book_(std::move(book)), authority_(authority), catalogue_(catalogue) {}

Learned BookSettings::learn(const RecordState& record) {
  Learned out;
  if (record.form == kFormGrant) {
    const DeviceId device = *DeviceId::from(record.record.view());
    const auto key = PublicKey::parse(record.text("key"));
    if (!key || device_of(*key) != device) {
      // What it says of the device's clock goes with it: without a grant nothing counts.
      if (grants_.erase(device) > 0) out.regrant = device;
      return out;
    }
    Grant grant{.device = device,
                .key = *key,
                .name = record.text("name"),
                .reason = {},
                .kept = {},
                .subtree = {}};
    const auto agreement_key = AgreementPublicKey::parse(record.text(kFieldAgreementKey));
    if (agreement_key && is_agreement_key(*agreement_key)) grant.agreement_key = agreement_key;
    for (const auto& [field, state] : record.fields) {
      const auto epoch = epoch_of_ahead_field(field);
      if (epoch && state.shown) grant.ahead[*epoch] = ClockWords::read(*state.shown);
    }
    const Value* subtree = record.shown("subtree");
    if (subtree != nullptr && subtree->list() != nullptr) grant.subtree = *subtree->list();
    grant.allowed = parse_allowed(record.shown("allowed"));
    if (const Value* revoked = record.shown("revoked")) {
      grant.revoked = true;
      const Value* held_up = member(*revoked, "held_up");
      grant.held_up = held_up != nullptr && held_up->flag() != nullptr && *held_up->flag();
      const Value* reason = member(*revoked, "reason");
      if (reason != nullptr && reason->text() != nullptr) grant.reason = *reason->text();
      const Value* kept = member(*revoked, "kept");
      if (kept != nullptr && kept->list() != nullptr) {
        for (const auto& text : *kept->list()) {
          if (const auto tip = parse_tip(grant.device, text)) grant.kept.push_back(*tip);
        }
      }
    }
    Grant& known = grants_[grant.device];
    const bool same_right = known.device == grant.device && known.revoked == grant.revoked &&
                            known.held_up == grant.held_up && known.kept == grant.kept;
    // Headquarters' right rests on no grant.
    if (!same_right && device != authority_) {
      out.regrant = device;
      // What counted in spite of a revocation counts without it, and with another that keeps it.
      if (known.device == device) {
        if (!known.revoked) out.as_before = grant.kept;
        if (!grant.revoked) out.as_before = known.kept;
        if (known.revoked && grant.revoked) {
          std::ranges::copy_if(known.kept, std::back_inserter(out.as_before), [&](const Tip& tip) {
            return std::ranges::find(grant.kept, tip) != grant.kept.end();
          });
        }
      }
    }
    if (known.ahead != grant.ahead && device != authority_) out.retimed = device;
    known = std::move(grant);
  } else if (record.form == kFormPolicy) {
    auto& said = policy_records_[record.record];
    said.clear();
    for (const auto& [field, state] : record.fields) {
      if (const auto policy = parse_policy(record.text(field))) said.emplace(field, *policy);
    }
    std::map<std::string, Policy> policies;
    for (const auto& [id, fields] : policy_records_) policies.insert(fields.begin(), fields.end());
    out.reshow = policies != policies_;
    policies_ = std::move(policies);
  } else if (record.form == kFormClock) {
    std::map<uint64_t, ClockAnchor> anchors;
    for (const auto& [field, state] : record.fields) {
      const auto boot = parse_hex_number(field);
      const Value* value = record.shown(field);
      if (!boot || value == nullptr) continue;
      const Value* monotonic = member(*value, "monotonic");
      const Value* wall = member(*value, "wall");
      if (monotonic == nullptr || wall == nullptr || monotonic->integer() == nullptr ||
          wall->integer() == nullptr) {
        continue;
      }
      anchors[*boot] = {*monotonic->integer(), *wall->integer()};
    }
    auto& known = anchors_[*DeviceId::from(record.record.view())];
    if (known != anchors) out.retimed = *DeviceId::from(record.record.view());
    known = std::move(anchors);
  }
  return out;
}

Policy BookSettings::policy(const std::string& form, const std::string& campaign,
                            const std::string& field) const {
  if (const auto at = policies_.find(field); at != policies_.end()) return at->second;
  const auto by_campaign = catalogue_.default_policy(campaign, form, field);
  if (by_campaign && follows_from_type(*by_campaign)) return *by_campaign;
  if (const auto at = policies_.find("*"); at != policies_.end()) return at->second;
  return by_campaign.value_or(Policy::kLatest);
}

const Grant* BookSettings::grant(const DeviceId& device) const {
  const auto at = grants_.find(device);
  return at != grants_.end() ? &at->second : nullptr;
}

Standing BookSettings::standing(const DeviceId& device) const {
  if (device == authority_) return Standing::authority();
  const Grant* right = grant(device);
  if (right == nullptr || right->revoked) return {};
  return right->subtree.empty() ? Standing::device(book_) : Standing::hub(book_, right->subtree);
}

std::optional<ClockAnchor> BookSettings::anchor(const DeviceId& device, uint64_t boot) const {
  const auto known = anchors_.find(device);
  if (known == anchors_.end()) return std::nullopt;
  const auto at = known->second.find(boot);
  return at != known->second.end() ? std::optional(at->second) : std::nullopt;
}

Instant BookSettings::true_time(const DeviceId& device, const ClockReading& reading) const {
  const auto known = anchor(device, reading.boot);
  return known ? corrected(reading, *known) : reading.wall;
}

std::optional<Instant> BookSettings::not_after(const StreamKey& stream, Sequence number) const {
  const Grant* right = stream.device != authority_ ? grant(stream.device) : nullptr;
  if (right == nullptr) return std::nullopt;
  const auto words = right->ahead.find(stream.epoch);
  return words != right->ahead.end() ? words->second.not_after(number) : std::nullopt;
}

std::optional<Refusal> BookSettings::judge(const DeviceId& author, const Entry& entry,
                                           bool before_revocation) const {
  if (author == authority_) return std::nullopt;
  if (book_ == kRootBook) {
    return Refusal{Reason::kNotPermitted, N_("only headquarters writes in the common book"), {}};
  }
  const Grant* right = grant(author);
  if (right == nullptr) {
    return Refusal{Reason::kNoGrant,
                   N_("device {} has no grant in the book of unit {}"),
                   {author.hex(), book_}};
  }
  if (right->held_up && !before_revocation) {
    return Refusal{
        Reason::kHeldUp,
        N_("device {} had brought more than headquarters keeps of one before this entry"),
        {author.hex()}};
  }
  if (right->revoked && !before_revocation) {
    return Refusal{Reason::kRevoked, N_("device {} was revoked before this entry"), {author.hex()}};
  }
  if (entry.form == kFormClock) {
    if (entry.record.bytes == author.bytes) return std::nullopt;
    return Refusal{Reason::kNotPermitted, N_("a device corrects its own clock only"), {}};
  }
  if (is_system_form(entry.form)) {
    return Refusal{Reason::kNotPermitted, N_("records of form {} are headquarters'"), {entry.form}};
  }
  for (const Assignment& assignment : entry.assignments) {
    if (assignment.field == kFieldReview) {
      return Refusal{Reason::kNotPermitted, N_("reviewing is headquarters'"), {}};
    }
  }
  return std::nullopt;
}

}  // namespace sitelog
