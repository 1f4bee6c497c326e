#include "sync/merge/stations.hpp"

#include <algorithm>
#include <set>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/heads_digest.hpp"

namespace sitelog {

namespace {

constexpr const char* kContent = "content";
constexpr const char* kExplanations = "explanations";
constexpr const char* kHeads = "heads";
constexpr const char* kChain = "chain";
constexpr const char* kCampaign = "campaign";
constexpr const char* kBefore = "before";
constexpr const char* kInsteadOf = "for";

const Value* part_of(const Structure& in, const char* name) {
  const auto at = in.find(name);
  return at != in.end() ? &at->second : nullptr;
}

std::string text_in(const Structure& in, const char* name) {
  const Value* value = part_of(in, name);
  return value != nullptr && value->text() != nullptr ? *value->text() : std::string();
}

std::string digest_of(const HeadsByField& heads, std::string_view domain,
                      bool (*is_part)(std::string_view)) {
  return heads_digest(
             heads, domain, is_part, [](const auto& names) -> const auto& { return names; })
      .hex();
}

// By entry the fields that it is a head of: most fields have one entry in common.
Value heads_value(const HeadsByField& heads) {
  std::map<EntryName, TextList> by_entry;
  for (const auto& [field, names] : heads) {
    for (const EntryName& name : names) by_entry[name].push_back(field);
  }
  Structure out;
  for (auto& [name, fields] : by_entry) out.emplace(name.hex(), std::move(fields));
  return Value(std::move(out));
}

std::optional<HeadsByField> read_heads(const Value* value) {
  const Structure* said = value != nullptr ? value->structure() : nullptr;
  if (said == nullptr || said->empty()) return std::nullopt;
  HeadsByField out;
  for (const auto& [entry, fields] : *said) {
    const auto name = EntryName::parse(entry);
    if (!name || fields.list() == nullptr) return std::nullopt;
    for (const std::string& field : *fields.list()) {
      if (!is_sent_field(field)) return std::nullopt;
      auto& names = out[field];
      if (std::find(names.begin(), names.end(), *name) != names.end()) return std::nullopt;
      names.push_back(*name);
    }
  }
  for (auto& [field, names] : out) std::sort(names.begin(), names.end());
  return out;
}

std::optional<std::vector<Station>> read_chain(const Value* value) {
  const TextList* said = value != nullptr ? value->list() : nullptr;
  if (said == nullptr || said->empty() || said->size() > kChainMax) return std::nullopt;
  std::vector<Station> out;
  std::set<std::string> roles;
  for (const std::string& text : *said) {
    auto station = parse_station(text);
    const bool last = out.size() + 1 == said->size();
    if (!station || station->is_top() != last || !roles.insert(station->role).second) {
      return std::nullopt;
    }
    out.push_back(*std::move(station));
  }
  return out;
}

void add_value(Hasher& hasher, const Value& value) {
  hasher.add_number(value.held.index());
  if (const auto* text = value.text()) {
    hasher.add_sized(*text);
  } else if (const auto* integer = value.integer()) {
    hasher.add_number(static_cast<uint64_t>(*integer));
  } else if (const auto* flag = value.flag()) {
    hasher.add_number(uint64_t{*flag});
  } else if (const auto* list = value.list()) {
    hasher.add_number(list->size());
    for (const std::string& item : *list) hasher.add_sized(item);
  } else if (const auto* structure = value.structure()) {
    hasher.add_number(structure->size());
    for (const auto& [name, part] : *structure) {
      hasher.add_sized(name);
      add_value(hasher, part);
    }
  }
}

int strictness(ReviewVerdict verdict) {
  switch (verdict) {
    case ReviewVerdict::kPending: return 0;
    case ReviewVerdict::kAccepted: return 1;
    case ReviewVerdict::kReturned: return 2;
    case ReviewVerdict::kRefused: return 3;
  }
  return 0;
}

std::pair<bool, int> weight(const Value& value, const std::string& sent) {
  const auto verdict = read_verdict(value);
  if (!verdict) return {false, 0};
  return {verdict->of == sent, strictness(verdict->verdict)};
}

}  // namespace

std::string_view name_of(ReviewVerdict verdict) {
  switch (verdict) {
    case ReviewVerdict::kPending: return "pending";
    case ReviewVerdict::kReturned: return "returned";
    case ReviewVerdict::kAccepted: return "accepted";
    case ReviewVerdict::kRefused: return "refused";
  }
  return "pending";
}

std::optional<ReviewVerdict> parse_verdict(std::string_view name) {
  for (const auto known :
       {ReviewVerdict::kReturned, ReviewVerdict::kAccepted, ReviewVerdict::kRefused}) {
    if (name == name_of(known)) return known;
  }
  return std::nullopt;
}

std::string text_of(const Station& station) {
  return station.role + "@" + station.unit;
}

std::optional<Station> parse_station(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  // The field that a role speaks in has a name too.
  if (kStationPrefix.size() + at > limits::kNameBytesMax) return std::nullopt;
  Station out{std::string(text.substr(0, at)), BookCode(text.substr(at + 1))};
  const bool plain = std::all_of(out.role.begin(), out.role.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  const bool fits = out.unit.size() <= limits::kBookCodeBytesMax &&
                    out.unit.find('@') == BookCode::npos && out.unit != kRootBook;
  return plain && fits ? std::optional(std::move(out)) : std::nullopt;
}

std::string station_field(std::string_view role) {
  return std::string(kStationPrefix) + std::string(role);
}

bool is_content_field(std::string_view field) {
  return !is_reserved_field(field) || field == kFieldVoid;
}

bool is_explanation_field(std::string_view field) {
  return field.starts_with(kExplainPrefix);
}

bool is_campaign_field(std::string_view field) {
  return field == kFieldCampaign;
}

bool is_sent_field(std::string_view field) {
  return is_content_field(field) || is_explanation_field(field) || is_campaign_field(field);
}

Value sent_value(const Sent& sent) {
  TextList chain;
  for (const Station& station : sent.chain) chain.push_back(text_of(station));
  Structure out{{kContent, digest_of(sent.heads, kContentDomain, is_content_field)},
                {kExplanations, digest_of(sent.heads, kExplanationsDomain, is_explanation_field)},
                {kHeads, heads_value(sent.heads)},
                {kChain, std::move(chain)}};
  if (!sent.campaign.empty()) out.emplace(kCampaign, sent.campaign);
  if (!sent.before.empty()) out.emplace(kBefore, sent.before);
  return Value(std::move(out));
}

std::optional<Sent> read_sent(const Value& value) {
  const Structure* said = value.structure();
  if (said == nullptr) return std::nullopt;
  auto heads = read_heads(part_of(*said, kHeads));
  auto chain = read_chain(part_of(*said, kChain));
  if (!heads || !chain) return std::nullopt;
  Sent out{*std::move(heads), *std::move(chain), text_in(*said, kCampaign),
           text_in(*said, kBefore)};
  const bool true_to_heads =
      text_in(*said, kContent) == digest_of(out.heads, kContentDomain, is_content_field) &&
      text_in(*said, kExplanations) ==
          digest_of(out.heads, kExplanationsDomain, is_explanation_field);
  return true_to_heads ? std::optional(std::move(out)) : std::nullopt;
}

std::string campaign_digest_of(const Sent& sent) {
  return digest_of(sent.heads, kCampaignDomain, is_campaign_field);
}

std::string sent_name(const Value& value) {
  Hasher hasher;
  hasher.add("sitelog sent 1\n");
  add_value(hasher, value);
  return hasher.finish().hex();
}

std::string sent_before(const Value& value) {
  const Structure* said = value.structure();
  return said != nullptr ? text_in(*said, kBefore) : std::string();
}

bool is_of_voiding(const Structure& verdict) {
  const Value* said = part_of(verdict, kOfVoiding);
  return said != nullptr && *said == Value(true);
}

Value verdict_value(const StationVerdict& verdict) {
  Structure out{{"verdict", std::string(name_of(verdict.verdict))},
                {"unit", std::string(verdict.unit)},
                {"of", verdict.of}};
  if (verdict.accepts) out.emplace("accepts", TextList(*verdict.accepts));
  if (!verdict.remark.empty()) out.emplace("remark", verdict.remark);
  if (!verdict.due.empty()) out.emplace("due", verdict.due);
  if (!verdict.field_remarks.empty()) {
    Structure remarks;
    for (const auto& [field, remark] : verdict.field_remarks) remarks.emplace(field, remark);
    out.emplace("fields", std::move(remarks));
  }
  if (verdict.instead_of) out.emplace(kInsteadOf, text_of(*verdict.instead_of));
  if (!verdict.reason.empty()) out.emplace("reason", verdict.reason);
  return Value(std::move(out));
}

std::optional<StationVerdict> read_verdict(const Value& value) {
  const Structure* said = value.structure();
  if (said == nullptr) return std::nullopt;
  const auto verdict = parse_verdict(text_in(*said, "verdict"));
  if (!verdict) return std::nullopt;
  StationVerdict out{.verdict = *verdict,
                     .unit = BookCode(text_in(*said, "unit")),
                     .of = text_in(*said, "of"),
                     .remark = text_in(*said, "remark"),
                     .due = text_in(*said, "due"),
                     .instead_of = parse_station(text_in(*said, kInsteadOf)),
                     .reason = text_in(*said, "reason")};
  if (const Value* accepts = part_of(*said, "accepts"); accepts != nullptr && accepts->list()) {
    out.accepts = *accepts->list();
  }
  const Value* fields = part_of(*said, "fields");
  if (fields != nullptr && fields->structure() != nullptr) {
    for (const auto& [field, remark] : *fields->structure()) {
      if (remark.text() != nullptr) out.field_remarks.emplace(field, *remark.text());
    }
  }
  return out;
}

bool counts_before(const Value& a, const Value& b, const std::string& sent) {
  return weight(a, sent) > weight(b, sent);
}

bool counts_alike(const Value& a, const Value& b, const std::string& sent) {
  return weight(a, sent) == weight(b, sent);
}

}  // namespace sitelog
