// Reviews and stations, as docs/merge.md has them.
#include <algorithm>
#include <set>

#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"
#include "tests/simulation/reference_rules.hpp"

namespace sitelog::simulation::reference {

namespace {

std::string digest_of(const std::map<std::string, Names>& heads, std::string_view domain,
                      bool (*is_part)(const std::string& field)) {
  Hasher hasher;
  hasher.add(domain);
  for (const auto& [field, names] : heads) {
    if (!is_part(field)) continue;
    hasher.add_sized(field).add_number(names.size());
    for (const EntryName& name : names) hasher.add(name.view());
  }
  return hasher.finish().hex();
}

bool is_content(const std::string& field) {
  return !is_reserved_field(field) || field == kFieldVoid;
}
bool is_explanation(const std::string& field) {
  return field.starts_with("_explain.");
}
bool is_campaign(const std::string& field) {
  return field == "_campaign";
}
std::string content_digest(const std::map<std::string, Names>& heads) {
  return digest_of(heads, "sitelog content 1\n", is_content);
}
std::string explanation_digest(const std::map<std::string, Names>& heads) {
  return digest_of(heads, "sitelog explanations 1\n", is_explanation);
}

std::string campaign_digest(const std::map<std::string, Names>& heads) {
  return digest_of(heads, "sitelog campaign 1\n", is_campaign);
}

std::map<std::string, Names> heads_now(const Merged& merged) {
  std::map<std::string, Names> out;
  for (const auto& [field, makers] : merged.heads) {
    if (!is_content(field) && !is_explanation(field) && !is_campaign(field)) continue;
    for (const Held* maker : makers) out[field].push_back(maker->name);
    std::sort(out[field].begin(), out[field].end());
  }
  return out;
}

// Kind by kind, as values are laid down: nothing, text, number, flag, list, members.
void add(Hasher& hasher, const Value& value) {
  if (value.is_cleared()) {
    hasher.add_number(0);
  } else if (value.text() != nullptr) {
    hasher.add_number(1).add_sized(*value.text());
  } else if (value.integer() != nullptr) {
    hasher.add_number(2).add_number(static_cast<uint64_t>(*value.integer()));
  } else if (value.flag() != nullptr) {
    hasher.add_number(3).add_number(*value.flag() ? 1 : 0);
  } else if (value.list() != nullptr) {
    hasher.add_number(4).add_number(value.list()->size());
    for (const std::string& item : *value.list()) hasher.add_sized(item);
  } else {
    hasher.add_number(5).add_number(value.structure()->size());
    for (const auto& [name, part] : *value.structure()) {
      hasher.add_sized(name);
      add(hasher, part);
    }
  }
}

std::string name_of_sent(const Value& value) {
  Hasher hasher;
  hasher.add("sitelog sent 1\n");
  add(hasher, value);
  return hasher.finish().hex();
}

std::optional<std::vector<std::pair<std::string, std::string>>> read_chain(const Value& value) {
  if (value.list() == nullptr || value.list()->empty()) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> out;
  std::set<std::string> roles;
  for (const std::string& text : *value.list()) {
    const size_t at = text.find('@');
    if (at == std::string::npos || at == 0) return std::nullopt;
    out.emplace_back(text.substr(0, at), text.substr(at + 1));
    if (!roles.insert(out.back().first).second) return std::nullopt;
    if (out.back().second.empty() != (out.size() == value.list()->size())) return std::nullopt;
  }
  return out;
}

const Structure* said_in(const Merged& merged, const std::string& field) {
  const auto at = merged.shown.find(field);
  return at != merged.shown.end() ? at->second.structure() : nullptr;
}

std::string verdict_in(const Structure& said) {
  const std::string verdict = text_in(said, "verdict");
  return verdict == "returned" || verdict == "accepted" || verdict == "refused" ? verdict : "";
}

std::map<std::string, std::string> remarks_in(const Structure& said) {
  std::map<std::string, std::string> out;
  const auto fields = said.find("fields");
  if (fields == said.end() || fields->second.structure() == nullptr) return out;
  for (const auto& [field, remark] : *fields->second.structure()) {
    if (remark.text() != nullptr) out[field] = *remark.text();
  }
  return out;
}

bool says_void(const Structure& said) {
  const auto at = said.find("void");
  return at != said.end() && at->second == Value(true);
}

// Headquarters' refusal that came with declaring the record void; null: none.
const Structure* refused_as_void(const Merged& merged) {
  const Structure* said = said_in(merged, std::string(kFieldReview));
  return said != nullptr && verdict_in(*said) == "refused" && says_void(*said) ? said : nullptr;
}

// By headquarters' word on the whole record: of what nobody sent.
Answer as_a_whole(const Merged& merged) {
  Answer out;
  const Structure* as_void = refused_as_void(merged);
  const Structure* said = as_void != nullptr ? as_void : said_in(merged, std::string(kFieldReview));
  if (said == nullptr || verdict_in(*said).empty()) return out;
  const auto heads = heads_now(merged);
  out.verdict = verdict_in(*said);
  const auto sent = merged.shown.find("_sent");
  const bool any_sent = sent != merged.shown.end() && !sent->second.is_cleared();
  out.changed =
      text_in(*said, "content") != content_digest(heads) ||
      (said->contains("explanations") &&
       text_in(*said, "explanations") != explanation_digest(heads)) ||
      (said->contains("campaign") && text_in(*said, "campaign") != campaign_digest(heads)) ||
      text_in(*said, "sent") != (any_sent ? name_of_sent(sent->second) : "");
  out.remark = text_in(*said, "remark");
  out.due = text_in(*said, "due");
  out.remarks = remarks_in(*said);
  return out;
}

// What the station of this role and unit says of just what was sent; null where it is silent.
const Structure* spoken_of_it(const Merged& merged,
                              const std::pair<std::string, std::string>& station) {
  const Structure* said = said_in(merged, "_review." + station.first);
  if (said != nullptr && !verdict_in(*said).empty() && text_in(*said, "unit") == station.second &&
      text_in(*said, "of") == merged.sending->name) {
    return said;
  }
  const Structure* of_old = said_in(merged, std::string(kFieldReview));
  if (!station.second.empty() || of_old == nullptr || verdict_in(*of_old).empty()) return nullptr;
  if (!merged.sending->before.empty()) return nullptr;  // only of what was sent first
  for (const auto& [field, value] : merged.shown) {     // and of nothing that came after it
    const Structure* verdict = field.starts_with("_review.") ? value.structure() : nullptr;
    if (verdict != nullptr && !verdict_in(*verdict).empty() &&
        text_in(*verdict, "of") != merged.sending->name) {
      return nullptr;
    }
  }
  const bool same =
      text_in(*of_old, "content") == content_digest(merged.sending->heads) &&
      (!of_old->contains("explanations") ||
       text_in(*of_old, "explanations") == explanation_digest(merged.sending->heads)) &&
      (!of_old->contains("campaign") ||
       text_in(*of_old, "campaign") == campaign_digest(merged.sending->heads));
  return same ? of_old : nullptr;
}

// The same, but that headquarters' word that the record is void stands above all.
const Structure* spoken(const Merged& merged, const std::pair<std::string, std::string>& station) {
  const Structure* as_void = station.second.empty() ? refused_as_void(merged) : nullptr;
  return as_void != nullptr ? as_void : spoken_of_it(merged, station);
}

}  // namespace

std::optional<Sending> read_sending(const Value& value) {
  const Structure* said = value.structure();
  if (said == nullptr || !said->contains("heads") || !said->contains("chain")) return std::nullopt;
  const Structure* by_entry = said->at("heads").structure();
  auto chain = read_chain(said->at("chain"));
  if (by_entry == nullptr || by_entry->empty() || !chain) return std::nullopt;
  Sending out{{}, *chain, name_of_sent(value), text_in(*said, "before")};
  for (const auto& [entry, fields] : *by_entry) {
    for (const std::string& field : *fields.list()) {
      out.heads[field].push_back(*EntryName::parse(entry));
    }
  }
  for (auto& [field, names] : out.heads) std::sort(names.begin(), names.end());
  if (text_in(*said, "content") != content_digest(out.heads)) return std::nullopt;
  if (text_in(*said, "explanations") != explanation_digest(out.heads)) return std::nullopt;
  return out;
}

Entries Merged::parents_here(const Held& of) const {
  Entries out;
  std::ranges::copy_if(entries, std::back_inserter(out), [&](const Held* held) {
    return std::ranges::count(of.entry->parents, held->name) > 0;
  });
  return out;
}

// What another sending names as sent before, and what a station knew of that spoke of another one.
std::set<std::string> Merged::names_of_past() const {
  std::set<std::string> out;
  for (const Held* held : entries) {
    const Assignment* sent = held->sets("_sent");
    const Structure* said = sent != nullptr ? sent->value.structure() : nullptr;
    if (said != nullptr) out.insert(text_in(*said, "before"));
    for (const Assignment& made : held->entry->assignments) {
      const Structure* verdict = made.value.structure();
      if (!made.field.starts_with("_review.") || verdict == nullptr) continue;
      const std::string of = text_in(*verdict, "of");
      if (verdict_in(*verdict).empty() || of.empty()) continue;
      std::set<const Held*> known;
      Entries open = parents_here(*held);
      while (!open.empty()) {
        const Held* next = open.back();
        open.pop_back();
        if (!known.insert(next).second) continue;
        const Assignment* earlier = next->sets("_sent");
        const std::string name = earlier != nullptr ? name_of_sent(earlier->value) : of;
        if (name != of) out.insert(name);
        std::ranges::copy(parents_here(*next), std::back_inserter(open));
      }
    }
  }
  return out;
}

void Merged::take_sending() {
  const auto at = shown.find("_sent");
  if (at == shown.end()) return;
  const auto past = names_of_past();
  Entries current;  // of what was sent at once
  std::ranges::copy_if(heads.at("_sent"), std::back_inserter(current), [&](const Held* maker) {
    return !past.contains(name_of_sent(maker->sets("_sent")->value));
  });
  if (current.empty()) return;
  if (conflicts.contains("_sent")) at->second = latest(current)->sets("_sent")->value;
  // What begins a record sends nothing.
  if (std::ranges::none_of(heads.at("_sent"),
                           [&](const Held* maker) { return !parents_here(*maker).empty(); })) {
    return;
  }
  sending = read_sending(at->second);
  if (!sending) return;
  if (heads.contains("_campaign") && !sending->heads.contains("_campaign")) {
    sending.reset();
    return;
  }
  const auto maker_of = [this](const EntryName& name) {
    return std::ranges::find(entries, name, [](const Held* held) { return held->name; });
  };
  for (const auto& [field, names] : sending->heads) {
    for (const EntryName& name : names) {
      const auto maker = maker_of(name);
      if (maker != entries.end() && (*maker)->sets(field) != nullptr) continue;
      sending.reset();  // not all that was sent is here
      return;
    }
  }
  const auto now = heads_now(*this);
  for (const auto& [field, names] : now) {
    if (!sending->heads.contains(field)) as_sent[field] = Value();
  }
  for (const auto& [field, names] : sending->heads) {
    const auto here = now.find(field);
    if (here != now.end() && here->second == names) continue;
    as_sent[field] = (*maker_of(names.front()))->sets(field)->value;
  }
  const auto void_now = shown.find("_void");
  const bool is_void = void_now != shown.end() && !void_now->second.is_cleared();
  if (as_sent.contains("_void") && as_sent["_void"].is_cleared() && !is_void) {
    as_sent.erase("_void");
  }
}

// "Of what is sent now rather than of what was, then the stricter, then the later."
void Merged::show_stricter() {
  for (auto& [field, policy] : conflicts) {
    if (!field.starts_with("_review.")) continue;
    policy = "stricter";
    std::map<std::pair<bool, int>, Entries> by_weight;
    for (const Held* held : heads.at(field)) {
      const Structure* said = held->sets(field)->value.structure();
      const std::string verdict = said != nullptr ? verdict_in(*said) : "";
      const int strictness = verdict == "refused"    ? 3
                             : verdict == "returned" ? 2
                             : verdict == "accepted" ? 1
                                                     : 0;
      const bool speaks = strictness > 0 && text_in(*said, "of") == (sending ? sending->name : "");
      by_weight[{speaks, strictness}].push_back(held);
    }
    shown[field] = latest(by_weight.rbegin()->second)->sets(field)->value;
  }
}

Answer answer_of(const Merged& merged) {
  if (!merged.sending) return as_a_whole(merged);
  Answer out;
  out.changed = !merged.as_sent.empty();
  const auto& chain = merged.sending->chain;
  std::vector<const Structure*> said;
  std::vector<bool> done(chain.size());
  for (size_t i = 0; i < chain.size(); ++i) {
    said.push_back(spoken(merged, chain[i]));
    done[i] = done[i] || said[i] != nullptr;
    if (said[i] == nullptr || text_in(*said[i], "reason").empty()) continue;
    for (size_t below = 0; below < i; ++below) {
      const std::string text = chain[below].first + "@" + chain[below].second;
      if (text_in(*said[i], "for") == text) done[below] = true;
    }
  }
  const auto take = [&](size_t i) {
    if (!out.station) out.station = chain[i];
    if (said[i] == refused_as_void(merged)) out.changed |= as_a_whole(merged).changed;
    out.verdict = verdict_in(*said[i]);
    if (out.remark.empty()) out.remark = text_in(*said[i], "remark");
    if (out.due.empty()) out.due = text_in(*said[i], "due");
    const auto remarks = remarks_in(*said[i]);
    out.remarks.insert(remarks.begin(), remarks.end());
  };
  for (const char* verdict : {"refused", "returned"}) {
    for (size_t i = 0; i < chain.size(); ++i) {
      if (said[i] != nullptr && verdict_in(*said[i]) == verdict) take(i);
    }
    if (out.station) return out;
  }
  if (said.back() != nullptr) {
    take(chain.size() - 1);
    return out;
  }
  for (size_t i = 0; i < chain.size() && !out.station; ++i) {
    if (!done[i]) out.station = chain[i];
  }
  return out;
}

std::optional<Value> campaign_of(const Merged& merged) {
  for (const Fields* fields : {&merged.as_sent, &merged.shown}) {
    const auto at = fields->find("_campaign");
    if (at == fields->end()) continue;
    return at->second.is_cleared() ? std::nullopt : std::optional(at->second);
  }
  return std::nullopt;
}

Fields counted(const Merged& merged) {
  Fields out = merged.shown;
  for (const auto& [field, value] : merged.as_sent) {
    if (field != kFieldVoid) out[field] = value;
  }
  return out;
}

}  // namespace sitelog::simulation::reference
