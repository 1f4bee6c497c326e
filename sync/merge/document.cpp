#include "sync/merge/document.hpp"

#include <algorithm>
#include <array>

#include "proto/state.pb.h"
#include "sync/ledger/crypto.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

json::object stamp_json(const Stamp& stamp, const json::storage_ptr& memory) {
  return json::object({{"device", stamp.device.hex()},
                       {"person", stamp.person},
                       {"wall", stamp.wall_ms},
                       {"hybrid", {stamp.hybrid.wall_ms, stamp.hybrid.counter}}},
                      memory);
}

Stamp stamp_from(const json::value& in, const EntryName& entry) {
  Stamp out;
  out.entry = entry;
  out.device = DeviceId::parse(in.at("device").as_string()).value_or(DeviceId{});
  out.person = std::string(in.at("person").as_string());
  out.wall_ms = in.at("wall").to_number<int64_t>();
  out.hybrid = {in.at("hybrid").at(0).to_number<int64_t>(),
                in.at("hybrid").at(1).to_number<uint32_t>()};
  return out;
}

// The campaign that the record stands in has its place at the document's top; every other reserved
// field stands under "reserved", and so does a campaign that it was not sent under.
bool stands_at_top(const std::string& field, const Value& shown, const std::string* campaign) {
  return campaign != nullptr && field == kFieldCampaign && shown == Value(*campaign);
}

// Entries that knew nothing of each other, and not only because they fell out over one field: one
// of the newest has set a field that is not in conflict.
bool has_parallel_changes(const RecordState& state) {
  if (state.tips.size() < 2) return false;
  return std::any_of(state.fields.begin(), state.fields.end(), [&](const auto& item) {
    const auto& [field, value] = item;
    return !state.conflicts.contains(field) &&
           std::any_of(value.heads.begin(), value.heads.end(), [&](const EntryName& head) {
             return std::binary_search(state.tips.begin(), state.tips.end(), head);
           });
  });
}

json::object document_in(const RecordState& state, const json::storage_ptr& memory) {
  json::object fields(memory), reserved(memory), out(memory);
  fields.reserve(state.fields.size());
  const Value* of = state.campaign_value();
  const std::string* campaign = of != nullptr ? of->text() : nullptr;
  if (campaign != nullptr) out["campaign"] = *campaign;
  for (const auto& [field, value] : state.fields) {
    if (!value.shown || stands_at_top(field, *value.shown, campaign)) continue;
    (is_reserved_field(field) ? reserved : fields)[field] = to_json(*value.shown, memory);
  }
  out["created"] = stamp_json(state.created, memory);
  out["changed"] = stamp_json(state.changed, memory);
  out["fields"] = std::move(fields);
  if (!reserved.empty()) out["reserved"] = std::move(reserved);
  if (!state.conflicts.empty()) {
    json::array names(memory);
    for (const auto& [field, conflict] : state.conflicts) names.emplace_back(field);
    out["conflicts"] = std::move(names);
  }
  if (has_parallel_changes(state)) out["parallel"] = state.tips.size();
  const Review review = state.review();
  if (review.verdict != ReviewVerdict::kPending || state.as_sent) out["review"] = to_json(review);
  if (state.as_sent) {
    json::object as_sent(memory);
    for (const auto& [field, value] : *state.as_sent) as_sent[field] = to_json(value, memory);
    out["as_sent"] = std::move(as_sent);
  }
  return out;
}

std::string heads_of(const RecordState& state) {
  std::vector<EntryName> names = state.tips;
  names.push_back(state.changed.entry);
  for (const auto& [field, value] : state.fields) {
    names.insert(names.end(), value.heads.begin(), value.heads.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, state.created.entry);
  names.insert(names.begin(), state.created.entry);

  state::Heads out;
  const auto index_of = [&](const EntryName& name) {
    if (name == names.front()) return uint32_t{0};
    const auto at = std::lower_bound(names.begin() + 1, names.end(), name);
    return static_cast<uint32_t>(at - names.begin());
  };
  for (const EntryName& name : names) out.mutable_names()->append(as_text(name.view()));
  for (const EntryName& tip : state.tips) out.add_tips(index_of(tip));
  for (const auto& [field, value] : state.fields) {
    if (value.shown && value.heads.size() == 1 && value.heads.front() == names.front()) continue;
    auto* added = out.add_field();
    added->set_name(field);
    for (const EntryName& head : value.heads) added->add_heads(index_of(head));
  }
  out.set_partial(!state.whole);
  out.set_changed(index_of(state.changed.entry));
  return out.SerializeAsString();
}

}  // namespace

json::value to_json(const Value& value, json::storage_ptr memory) {
  if (const auto* text = value.text()) return json::value(*text, memory);
  if (const auto* integer = value.integer()) return json::value(*integer, memory);
  if (const auto* flag = value.flag()) return json::value(*flag, memory);
  if (const auto* list = value.list()) {
    json::array out(memory);
    for (const auto& item : *list) out.emplace_back(item);
    return out;
  }
  if (const auto* structure = value.structure()) {
    json::object out(memory);
    for (const auto& [name, member] : *structure) out[name] = to_json(member, memory);
    return out;
  }
  return json::value(nullptr, memory);
}

std::optional<Value> value_from_json(const json::value& in) {
  switch (in.kind()) {
    case json::kind::null: return Value();
    case json::kind::string: return Value(std::string(in.get_string()));
    case json::kind::int64: return Value(in.get_int64());
    case json::kind::bool_: return Value(in.get_bool());
    case json::kind::array: {
      TextList list;
      for (const auto& item : in.get_array()) {
        if (!item.is_string()) return std::nullopt;
        list.emplace_back(item.get_string());
      }
      return Value(std::move(list));
    }
    case json::kind::object: {
      Structure structure;
      for (const auto& [name, member] : in.get_object()) {
        auto value = value_from_json(member);
        if (!value) return std::nullopt;
        structure.emplace(std::string(name), std::move(*value));
      }
      return Value(std::move(structure));
    }
    default: return std::nullopt;
  }
}

json::object to_json(const Candidate& candidate, const BookCode& book) {
  const Origin& origin = candidate.origin;
  json::object out{{"value", to_json(candidate.value)},
                   {"device", origin.stream.device.hex()},
                   {"person", origin.person},
                   {"wall", origin.clock.wall.ms},
                   {"stream", to_text(book, origin.stream)},
                   {"number", origin.number.value},
                   {"role", origin.by_authority ? "headquarters" : "site"},
                   {"entry", origin.entry.hex()}};
  if (origin.when != origin.clock.wall) out["corrected_wall"] = origin.when.ms;
  return out;
}

json::object to_json(const Station& station) {
  return {{"role", station.role}, {"unit", station.unit}};
}

json::object to_json(const Review& review) {
  json::object out{{"state", name_of(review.verdict)}};
  if (review.stale || review.unsent) out["changed_since"] = true;
  if (review.station) {
    out[review.verdict == ReviewVerdict::kPending ? "waiting" : "by"] = to_json(*review.station);
  }
  if (!review.remark.empty()) out["remark"] = review.remark;
  if (!review.due.empty()) out["due"] = review.due;
  if (!review.field_remarks.empty()) {
    json::object fields;
    for (const auto& [field, remark] : review.field_remarks) fields[field] = remark;
    out["fields"] = std::move(fields);
  }
  return out;
}

json::object to_json(const StationSaid& station) {
  json::object out = to_json(station.station);
  if (station.by) out["by"] = to_json(*station.by);
  if (!station.said) return out;
  const StationVerdict& said = *station.said;
  out["verdict"] = name_of(said.verdict);
  if (said.accepts) out["accepts"] = json::array(said.accepts->begin(), said.accepts->end());
  if (!said.remark.empty()) out["remark"] = said.remark;
  if (!said.due.empty()) out["due"] = said.due;
  if (!said.field_remarks.empty()) {
    json::object fields;
    for (const auto& [field, remark] : said.field_remarks) fields[field] = remark;
    out["fields"] = std::move(fields);
  }
  if (said.instead_of) out["for"] = to_json(*said.instead_of);
  if (!said.reason.empty()) out["reason"] = said.reason;
  return out;
}

std::string document_of(const RecordState& state) {
  // The document lives for a moment only: its parts take their memory from here at once.
  std::array<unsigned char, 8192> first;
  json::monotonic_resource memory(first.data(), first.size());
  return json::serialize(document_in(state, &memory));
}

json::object document_object(const RecordState& state, json::storage_ptr memory) {
  return document_in(state, memory);
}

StoredRecord to_stored(const RecordState& state, const BookCode& book) {
  StoredRecord out{document_of(state), heads_of(state), {}};
  for (const auto& [field, conflict] : state.conflicts) {
    json::array candidates;
    for (const auto& candidate : conflict.candidates) {
      candidates.emplace_back(to_json(candidate, book));
    }
    out.conflicts.push_back(
        json::serialize(json::object{{"field", field},
                                     {"shown", conflict.shown ? to_json(*conflict.shown) : nullptr},
                                     {"policy", name_of(conflict.policy)},
                                     {"candidates", std::move(candidates)}}));
  }
  return out;
}

namespace {

void take_fields(const json::object& document, RecordState& out) {
  const auto take = [&out](std::string_view field, const json::value& value) {
    out.fields[std::string(field)].shown = value_from_json(value);
  };
  if (const auto* campaign = document.if_contains("campaign")) take(kFieldCampaign, *campaign);
  for (const char* group : {"fields", "reserved"}) {
    if (const auto* values = document.if_contains(group)) {
      for (const auto& [field, value] : values->as_object()) take(field, value);
    }
  }
}

void take_as_sent(const json::object& document, RecordState& out) {
  const auto* values = document.if_contains("as_sent");
  if (values == nullptr) return;
  out.as_sent.emplace();
  for (const auto& [field, value] : values->as_object()) {
    out.as_sent->emplace(std::string(field), value_from_json(value).value_or(Value()));
  }
}

// A document as JSON, most of them without asking for memory.
class ParsedDocument {
 public:
  explicit ParsedDocument(std::string_view document)
      : memory_(room_.data(), room_.size()), value_(json::parse(document, &memory_)) {}
  const json::value& value() const { return value_; }

 private:
  std::array<unsigned char, 4096> room_;
  json::monotonic_resource memory_;
  json::value value_;
};

RecordState read_document(const RecordId& record, const std::string& form,
                          std::string_view document, std::string_view heads) {
  state::Heads stored;
  if (!stored.ParseFromArray(heads.data(), static_cast<int>(heads.size()))) {
    throw DamagedDocument("heads");
  }
  const auto name_at = [&](uint32_t index) {
    const size_t at = size_t{index} * EntryName::kSize;
    if (at >= stored.names().size()) throw DamagedDocument("a head without a name");
    const auto name =
        EntryName::from(std::string_view(stored.names()).substr(at, EntryName::kSize));
    if (!name) throw DamagedDocument("the name of a head");
    return *name;
  };
  const ParsedDocument parsed(document);
  const json::value& in = parsed.value();
  RecordState out;
  out.record = record;
  out.form = form;
  out.created = stamp_from(in.at("created"), name_at(0));
  out.changed = stamp_from(in.at("changed"), name_at(stored.changed()));
  out.whole = !stored.partial();
  for (const uint32_t tip : stored.tips()) out.tips.push_back(name_at(tip));
  std::sort(out.tips.begin(), out.tips.end());
  take_fields(in.as_object(), out);
  take_as_sent(in.as_object(), out);
  for (auto& [field, state] : out.fields) state.heads = {name_at(0)};
  for (const auto& field : stored.field()) {
    FieldState& state = out.fields[field.name()];
    state.heads.clear();
    for (const uint32_t head : field.heads()) state.heads.push_back(name_at(head));
    std::sort(state.heads.begin(), state.heads.end());
  }
  if (const auto* conflicts = in.as_object().if_contains("conflicts")) {
    for (const auto& field : conflicts->as_array()) {
      Conflict conflict;
      conflict.field = std::string(field.as_string());
      conflict.shown = out.fields[conflict.field].shown;
      out.conflicts.emplace(conflict.field, std::move(conflict));
    }
  }
  return out;
}

}  // namespace

RecordState from_stored(const RecordId& record, const std::string& form, std::string_view document,
                        std::string_view heads) {
  try {
    return read_document(record, form, document, heads);
  } catch (const DamagedDocument&) {
    throw;
  } catch (const std::exception& error) {  // what the JSON library throws at a wrong kind or place
    throw DamagedDocument(error.what());
  }
}

RecordState shown_from_stored(const RecordId& record, const std::string& form,
                              std::string_view document) {
  try {
    RecordState out;
    out.record = record;
    out.form = form;
    const ParsedDocument parsed(document);
    take_fields(parsed.value().as_object(), out);
    take_as_sent(parsed.value().as_object(), out);
    return out;
  } catch (const std::exception& error) {
    throw DamagedDocument(error.what());
  }
}

Hash digest_of(const RecordId& record, const std::string& form, const StoredRecord& stored) {
  thread_local Hasher hasher;
  hasher.add("sitelog record 1\n")
      .add(record.view())
      .add_sized(form)
      .add_sized(stored.state)
      .add_sized(stored.heads);
  for (const auto& conflict : stored.conflicts) hasher.add_sized(conflict);
  return hasher.finish();
}

Hash digest_of(const RecordId& record, const std::string& form, const EntryName& only_entry) {
  thread_local Hasher hasher;
  hasher.add("sitelog single 1\n").add(record.view()).add_sized(form).add(only_entry.view());
  return hasher.finish();
}

Hash seen_digest(const BookCode& unit, const Hash& digest) {
  thread_local Hasher hasher;
  hasher.add("sitelog seen 1\n").add_sized(unit).add(digest.view());
  return hasher.finish();
}

Hash seen_digest(const BookCode& unit, const std::vector<HistoryEntry>& history,
                 const Policies& policies) {
  const RecordState state = merge_record(history, policies);
  return seen_digest(unit, kept_as_entry(state.form, history.size() == 1)
                               ? digest_of(state.record, state.form, state.created.entry)
                               : digest_of(state.record, state.form, to_stored(state, unit)));
}

}  // namespace sitelog
