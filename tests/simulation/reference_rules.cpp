#include "tests/simulation/reference_rules.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/judging_rules.hpp"

namespace sitelog::simulation::reference {

namespace {

bool among(const Names& names, const EntryName& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Held* find(const Entries& entries, const EntryName& name) {
  for (const Held* held : entries) {
    if (held->name == name) return held;
  }
  return nullptr;
}

}  // namespace

bool Book::on_the_way(const Held& held, int64_t row, uint64_t number) const {
  while (held.row != row) {
    const Row& branch = rows.at(row);
    if (!branch.fork_of) return false;
    row = *branch.fork_of;
    number = branch.fork_number;
  }
  return held.number <= number;
}

Book read_book(TestDevice& device, const BookCode& code) {
  Book book{code, device_of(device.headquarters()), 1, {}, {}};
  Database& file = device.store().database();
  Statement rows(file,
                 "SELECT stream_id, fork_of, fork_number FROM streams JOIN books USING (book_id)"
                 " WHERE code = ?1");
  rows.with(code);
  while (rows.step()) {
    Row& row = book.rows[rows.number(0)];
    if (!rows.is_null(1)) row.fork_of = rows.number(1);
    row.fork_number = static_cast<uint64_t>(rows.number(2));
  }
  Statement entries(file,
                    "SELECT name, device, epoch, stream_id, entry_id & 0xffffffffff,"
                    " entry_bytes(entry_id, bytes)"
                    " FROM entries JOIN streams ON stream_id = entry_id >> 40"
                    " JOIN devices USING (device_id) JOIN books USING (book_id)"
                    " WHERE code = ?1 ORDER BY name");
  entries.with(code);
  while (entries.step()) {
    Held held;
    held.name = entries.fixed<EntryName>(0);
    held.stream = {entries.fixed<DeviceId>(1), Epoch{static_cast<uint64_t>(entries.number(2))}};
    held.row = entries.number(3);
    held.number = static_cast<uint64_t>(entries.number(4));
    held.bytes = entries.view(5).size();
    if (auto entry = decode_entry(as_bytes(entries.view(5)))) {
      held.entry = std::move(*entry);
    } else {
      held.why_not = name_of(entry.refusal().reason);
    }
    book.entries.push_back(std::move(held));
  }
  return book;
}

// ---- Heads and tips

namespace {

// "Of a field: the known assignments that no known assignment replaces."
Entries heads_of(const Entries& entries, const std::string& field) {
  Entries makers, out;
  std::ranges::copy_if(entries, std::back_inserter(makers),
                       [&](const Held* held) { return held->sets(field) != nullptr; });
  std::ranges::copy_if(makers, std::back_inserter(out), [&](const Held* maker) {
    return std::ranges::none_of(makers, [&](const Held* other) {
      return among(other->sets(field)->replaces, maker->name);
    });
  });
  return out;
}

bool all_equal(const Entries& makers, const std::string& field) {
  return std::all_of(makers.begin(), makers.end(), [&](const Held* maker) {
    return maker->sets(field)->value == makers.front()->sets(field)->value;
  });
}

}  // namespace

// "Of a record: the known entries that no known entry names as a parent."
Entries Merged::tips() const {
  Entries out;
  std::ranges::copy_if(entries, std::back_inserter(out), [&](const Held* held) {
    return std::ranges::none_of(
        entries, [&](const Held* other) { return among(other->entry->parents, held->name); });
  });
  return out;
}

bool Merged::whole() const {
  for (const Held* held : entries) {
    for (const EntryName& parent : held->entry->parents) {
      if (find(entries, parent) == nullptr) return false;
    }
    for (const Assignment& made : held->entry->assignments) {
      for (const EntryName& replaced : made.replaces) {
        const Held* earlier = find(entries, replaced);
        if (earlier == nullptr || earlier->sets(made.field) == nullptr) return false;
      }
    }
  }
  return true;
}

namespace {

// "Creation and last change of a record go by the hybrid clock."
bool before_by_hybrid(const Held* a, const Held* b) {
  return std::tie(a->entry->hybrid, a->name) < std::tie(b->entry->hybrid, b->name);
}

}  // namespace

// "The first entry that has no parents and replaces nothing"; else one without parents, else any.
const Held& Merged::created() const {
  const auto replaces = [](const Held* held) {
    return std::ranges::any_of(held->entry->assignments,
                               [](const Assignment& made) { return !made.replaces.empty(); });
  };
  Entries first, roots;
  for (const Held* held : entries) {
    if (!held->entry->parents.empty()) continue;
    roots.push_back(held);
    if (!replaces(held)) first.push_back(held);
  }
  return **std::ranges::min_element(!first.empty()   ? first
                                    : !roots.empty() ? roots
                                                     : entries,
                                    before_by_hybrid);
}

const Held& Merged::changed() const {
  return **std::ranges::max_element(entries, before_by_hybrid);
}

// ---- What is shown

std::string text_in(const Fields& fields, std::string_view field) {
  const auto at = fields.find(std::string(field));
  return at != fields.end() && at->second.text() != nullptr ? *at->second.text() : "";
}

int64_t integer_in(const Fields& fields, std::string_view field) {
  const auto at = fields.find(std::string(field));
  return at != fields.end() && at->second.integer() != nullptr ? *at->second.integer() : 0;
}

// "The lesser of that and of each word whose number is not below the entry's."
Instant Settings::when(const Held& held, const std::string& form) const {
  if (is_system_form(form)) return held.entry->clock.wall;
  Instant out = by_own_clock(held);
  const auto grant = grants.find(held.stream.device);
  if (rules < 3 || grant == grants.end()) return out;
  const std::string stream = to_text("", held.stream);  // "/device/epoch"
  const auto words = grant->second.find("ahead." + stream.substr(stream.rfind('/') + 1));
  if (words == grant->second.end() || words->second.list() == nullptr) return out;
  for (const std::string& word : *words->second.list()) {
    const size_t colon = word.find(':');
    if (held.number > std::stoull(word.substr(0, colon))) continue;
    out = std::min(out, Instant{std::stoll(word.substr(colon + 1))});
  }
  return out;
}

Instant Settings::by_own_clock(const Held& held) const {
  const ClockReading& said = held.entry->clock;
  const auto own = clocks.find(held.stream.device);
  if (own == clocks.end()) return said.wall;
  std::array<uint8_t, 8> boot{};
  for (size_t i = 0; i < 8; ++i) boot[i] = static_cast<uint8_t>(said.boot >> (8 * (7 - i)));
  const auto anchor = own->second.find(to_hex(boot));
  const Structure* at = anchor != own->second.end() ? anchor->second.structure() : nullptr;
  if (at == nullptr) return said.wall;
  const auto monotonic = at->find("monotonic"), wall = at->find("wall");
  if (monotonic == at->end() || monotonic->second.integer() == nullptr) return said.wall;
  if (wall == at->end() || wall->second.integer() == nullptr) return said.wall;
  return corrected(said, {*monotonic->second.integer(), *wall->second.integer()});
}

namespace {

std::string valid(const std::string& policy) {
  for (const char* known : {"latest", "site", "headquarters", "ask", "max", "min", "union"}) {
    if (policy == known) return policy;
  }
  return "";
}
// "Where a book has several policy records, the one of the least record id counts."
std::string of_unit(const std::map<RecordId, Fields>& policies, const std::string& field) {
  for (const auto& [record, fields] : policies) {
    if (const std::string policy = valid(text_in(fields, field)); !policy.empty()) return policy;
  }
  return "";
}
}  // namespace

std::string Settings::policy(const std::string& form, const std::string& campaign,
                             const std::string& field) const {
  if (is_system_form(form) || is_reserved_field(field)) return "latest";
  const std::string by_unit = of_unit(policies, field), by_all = of_unit(policies, "*");
  const auto known = campaigns.find(campaign);
  const std::string by_campaign =
      known != campaigns.end() ? valid(text_in(known->second, "policy." + field)) : "";
  if (!by_unit.empty()) return by_unit;
  if (by_campaign == "max" || by_campaign == "min" || by_campaign == "union") return by_campaign;
  if (!by_all.empty()) return by_all;
  return by_campaign.empty() ? "latest" : by_campaign;
}

namespace {

// Everything that an assignment rests on: what it replaces, what that replaces, and so on.
Names rests_on(const Entries& entries, const Held& maker, const std::string& field) {
  Names out, next = maker.sets(field)->replaces;
  while (!next.empty()) {
    const EntryName name = next.back();
    next.pop_back();
    const Held* earlier = find(entries, name);
    if (earlier == nullptr || earlier->sets(field) == nullptr || among(out, name)) continue;
    out.push_back(name);
    const Names& more = earlier->sets(field)->replaces;
    next.insert(next.end(), more.begin(), more.end());
  }
  return out;
}

// "From the heads to the assignments that all of them rest on and that none of those replaces; if
// these are of equal value, that is it, else from these again: at most 64 times, and never from
// more than 64."
std::optional<Value> last_settled(const Entries& entries, Entries from, const std::string& field) {
  for (size_t levels = 0; levels <= 64 && from.size() <= 64; ++levels) {
    std::vector<Names> rested_on;
    for (const Held* maker : from) rested_on.push_back(rests_on(entries, *maker, field));
    Entries common;
    std::ranges::copy_if(entries, std::back_inserter(common), [&](const Held* held) {
      return std::ranges::all_of(rested_on,
                                 [&](const Names& names) { return among(names, held->name); });
    });
    from = heads_of(common, field);
    if (from.empty()) return std::nullopt;
    if (levels < 64 && from.size() <= 64 && all_equal(from, field)) {
      return from.front()->sets(field)->value;
    }
  }
  return std::nullopt;
}

}  // namespace

Merged::Merged(const Book& in, const Settings& under, std::string of_form, Entries of)
    : book(in), settings(under), form(std::move(of_form)), entries(std::move(of)) {
  for (const Held* held : entries) {
    for (const Assignment& made : held->entry->assignments) heads[made.field];
  }
  for (auto& [field, makers] : heads) makers = heads_of(entries, field);
  // `_campaign` first, whose policy is fixed: the other fields' policies may follow from it.
  show(std::string(kFieldCampaign));
  for (const auto& [field, makers] : heads) show(field);
  if (book.rules < 4) return;
  take_sending();
  show_stricter();
}

// By corrected wall clock, then hybrid clock, then entry name.
const Held* Merged::latest(const Entries& candidates) const {
  const auto time = [&](const Held* held) {
    return std::tuple(settings.when(*held, form), held->entry->hybrid, held->name);
  };
  return *std::max_element(candidates.begin(), candidates.end(),
                           [&](const Held* a, const Held* b) { return time(a) < time(b); });
}

void Merged::show(const std::string& field) {
  const auto at = heads.find(field);
  if (at == heads.end()) return;
  if (all_equal(at->second, field)) {
    shown[field] = at->second.front()->sets(field)->value;
    return;
  }
  const std::string policy = settings.policy(form, text_in(shown, kFieldCampaign), field);
  conflicts[field] = policy;
  if (const auto value = chosen(policy, field, at->second)) shown[field] = *value;
}

std::optional<Value> Merged::chosen(const std::string& policy, const std::string& field,
                                    const Entries& candidates) const {
  if (policy == "ask") return last_settled(entries, candidates, field);
  std::vector<int64_t> numbers;
  std::set<std::string> items;
  Entries lists, preferred;
  for (const Held* held : candidates) {
    const Value& value = held->sets(field)->value;
    if (value.integer() != nullptr) numbers.push_back(*value.integer());
    if (value.list() != nullptr) {
      lists.push_back(held);
      items.insert(value.list()->begin(), value.list()->end());
    }
    if (policy == (by_headquarters(*held) ? "headquarters" : "site")) preferred.push_back(held);
  }
  if (policy == "max" && !numbers.empty()) return *std::ranges::max_element(numbers);
  if (policy == "min" && !numbers.empty()) return *std::ranges::min_element(numbers);
  if (policy == "union" && !lists.empty()) return TextList(items.begin(), items.end());
  return latest(preferred.empty() ? candidates : preferred)->sets(field)->value;
}

// ---- Who may write what

namespace {

Fields shown_by(const Book& book, const RecordKey& key, const Entries& entries) {
  return Merged(book, Settings{}, key.first, entries).shown;
}

// "The tips of the device's streams up to which its entries still count": "epoch:number:head" each.
Entries kept_tips(const Book& book, const DeviceId& device, const Fields& grant) {
  const auto revoked = grant.find("revoked");
  if (revoked == grant.end() || revoked->second.structure() == nullptr) return {};
  const Structure& said = *revoked->second.structure();
  const auto tips = said.find("kept");
  if (tips == said.end() || tips->second.list() == nullptr) return {};
  Entries out;
  for (const Held& held : book.entries) {
    if (held.stream.device != device) continue;
    const std::string stream = to_text(book.code, held.stream);  // "book/device/epoch"
    const std::string tip = stream.substr(stream.rfind('/') + 1) + ":" +
                            std::to_string(held.number) + ":" + held.name.hex();
    if (std::ranges::any_of(*tips->second.list(),
                            [&](const std::string& text) { return text.starts_with(tip); })) {
      out.push_back(&held);
    }
  }
  return out;
}

// "Each name once; `_campaign` a text of at most 64 bytes, or cleared."
bool says_more_than_it_may(const Entry& entry) {
  const auto repeats = [](const Names& names) {
    return std::set<EntryName>(names.begin(), names.end()).size() != names.size();
  };
  if (repeats(entry.parents)) return true;
  for (const Assignment& made : entry.assignments) {
    if (repeats(made.replaces)) return true;
    if (made.field != kFieldCampaign || made.value.is_cleared()) continue;
    if (made.value.text() == nullptr || made.value.text()->size() > 64) return true;
  }
  return false;
}

std::string why_not(const Book& book, const Settings& settings, const Held& held) {
  if (!held.entry) return held.why_not;
  const DeviceId& author = held.stream.device;
  if (author == book.headquarters) return "";
  if (book.rules >= 5) {
    const Assignment* title = held.sets("title");  // tests/support/rules_of_tomorrow.hpp
    if (title != nullptr && title->value.text() != nullptr && title->value.text()->ends_with("7")) {
      return "not_permitted";
    }
  }
  if (book.code == kRootBook) return "not_permitted";
  const auto grant = settings.grants.find(author);
  if (grant == settings.grants.end()) return "no_grant";
  const auto revoked = grant->second.find("revoked");
  if (revoked != grant->second.end() && !revoked->second.is_cleared()) {
    const auto tips = settings.kept.find(author);
    const bool kept =
        tips != settings.kept.end() && std::ranges::any_of(tips->second, [&](const Held* tip) {
          return book.on_the_way(held, tip->row, tip->number);
        });
    if (!kept) return "revoked";
  }
  const bool own_clock = held.entry->form == kFormClock && held.entry->record.bytes == author.bytes;
  if (!own_clock && (is_system_form(held.entry->form) || held.sets(kFieldReview) != nullptr)) {
    return "not_permitted";
  }
  if (book.rules < 2) return "";
  if (says_more_than_it_may(*held.entry)) return "malformed";
  for (const Assignment& made : held.entry->assignments) {  // the first that is wrong is told
    if (book.rules < 4) break;
    if (made.field.starts_with("_review.")) return "not_permitted";
    if (made.field == "_sent" && !read_sending(made.value)) return "malformed";
  }
  uint64_t entries = 0, bytes = 0;
  for (const Held& other : book.entries) {
    if (!other.entry || other.stream != held.stream ||
        !book.on_the_way(other, held.row, held.number) ||
        other.entry->record != held.entry->record || other.entry->form != held.entry->form) {
      continue;
    }
    ++entries;
    bytes += other.bytes;
  }
  const uint64_t most = own_clock ? 10 * kSmallShare.entries : kSmallShare.entries;
  return entries > most || bytes > kSmallShare.bytes ? "too_large" : "";
}

}  // namespace

// Only headquarters' entries of the system's forms count, but for clocks: so what is laid down is
// known before anyone else's right is.
Settings lay_down(Book& book) {
  Settings out;
  out.rules = book.rules;
  const auto laid_down = book.records([&](const Held& held) {
    return held.stream.device == book.headquarters && is_system_form(held.entry->form);
  });
  for (const auto& [key, entries] : laid_down) {
    const Fields fields = shown_by(book, key, entries);
    if (key.first == kFormGrant) {
      const auto public_key = PublicKey::parse(text_in(fields, "key"));
      const DeviceId device = *DeviceId::from(key.second.view());
      if (!public_key || device_of(*public_key) != device) continue;
      out.grants[device] = fields;
      out.kept[device] = kept_tips(book, device, fields);
    } else if (key.first == kFormPolicy) {
      out.policies[key.second] = fields;
    } else if (key.first == kFormCampaign && !text_in(fields, "id").empty()) {
      out.campaigns.try_emplace(text_in(fields, "id"), fields);  // of several, the least id
    }
  }
  for (Held& held : book.entries) held.why_not = why_not(book, out, held);
  const auto clocks = book.records(
      [](const Held& held) { return held.why_not.empty() && held.entry->form == kFormClock; });
  for (const auto& [key, entries] : clocks) {
    out.clocks[*DeviceId::from(key.second.view())] = shown_by(book, key, entries);
  }
  return out;
}

int64_t rules_that_hold(const Book& root) {
  const Records all = root.records([](const Held& held) { return held.why_not.empty(); });
  const auto said = all.find({std::string(kFormRules), rules_record()});
  if (said == all.end()) return 1;
  return std::max<int64_t>(1, integer_in(shown_by(root, said->first, said->second), "number"));
}

}  // namespace sitelog::simulation::reference
