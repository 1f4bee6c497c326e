#include "sync/ledger/entry.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>
#include <cstddef>
#include <unordered_map>

#include "proto/ledger.pb.h"
#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace {

constexpr size_t kEntryMemory = 8192;

Refusal malformed(const char* what) {
  return {Reason::kMalformed, N_("an entry is malformed: {}"), {what}};
}
Refusal too_large(const char* what) {
  return {Reason::kTooLarge, N_("an entry is past a limit: {}"), {what}};
}

void write_value(const Value& value, ledger::Value* out) {
  if (const auto* text = value.text()) {
    out->set_text(*text);
  } else if (const auto* integer = value.integer()) {
    out->set_integer(*integer);
  } else if (const auto* flag = value.flag()) {
    out->set_flag(*flag);
  } else if (const auto* list = value.list()) {
    auto* items = out->mutable_list();
    for (const auto& item : *list) items->add_item(item);
  } else if (const auto* structure = value.structure()) {
    auto* members = out->mutable_structure();
    for (const auto& [name, member] : *structure) {
      auto* added = members->add_member();
      added->set_name(name);
      write_value(member, added->mutable_value());
    }
  } else {
    out->set_cleared(true);
  }
}

// Takes the texts out of `in`.
const char* take_value(ledger::Value& in, int depth, Value& out) {
  if (depth > limits::kValueDepthMax) return "depth of a value";
  switch (in.kind_case()) {
    case ledger::Value::kText: out = Value(std::move(*in.mutable_text())); return nullptr;
    case ledger::Value::kInteger: out = Value(int64_t{in.integer()}); return nullptr;
    case ledger::Value::kFlag: out = Value(in.flag()); return nullptr;
    case ledger::Value::kList: {
      if (in.list().item_size() > static_cast<int>(limits::kListItemsMax)) return "list items";
      out = Value(TextList(in.list().item().begin(), in.list().item().end()));
      return nullptr;
    }
    case ledger::Value::kStructure: {
      if (in.structure().member_size() > static_cast<int>(limits::kListItemsMax)) return "members";
      Structure structure;
      for (auto& member : *in.mutable_structure()->mutable_member()) {
        if (member.name().size() > limits::kNameBytesMax) return "name of a member";
        Value inner;
        if (const char* problem = take_value(*member.mutable_value(), depth + 1, inner)) {
          return problem;
        }
        structure.emplace(std::move(*member.mutable_name()), std::move(inner));
      }
      out = Value(std::move(structure));
      return nullptr;
    }
    case ledger::Value::kCleared: out = Value(); return nullptr;
    case ledger::Value::KIND_NOT_SET: return "kind of a value";
  }
  return "kind of a value";
}

// Names referred to, each once, with its index.
class SeenTable {
 public:
  explicit SeenTable(ledger::Entry* entry) : entry_(entry) {}
  uint32_t index_of(const EntryName& name) {
    const auto [at, added] = index_.emplace(name, static_cast<uint32_t>(index_.size()));
    if (added) entry_->add_seen(name.bytes.data(), EntryName::kSize);
    return at->second;
  }

 private:
  ledger::Entry* entry_;
  std::unordered_map<EntryName, uint32_t, IdHash> index_;
};

template <class Indexes>
bool read_names(const Indexes& indexes, const std::vector<EntryName>& seen,
                std::vector<EntryName>& out) {
  out.reserve(static_cast<size_t>(indexes.size()));
  for (const uint32_t index : indexes) {
    if (index >= seen.size()) return false;
    out.push_back(seen[index]);
  }
  return true;
}

}  // namespace

Result<std::string> encode(const Entry& entry) {
  google::protobuf::Arena arena;
  auto* out = google::protobuf::Arena::CreateMessage<ledger::Entry>(&arena);
  out->set_record(entry.record.bytes.data(), RecordId::kSize);
  out->set_form(entry.form);
  SeenTable seen(out);
  for (const auto& parent : entry.parents) out->add_parents(seen.index_of(parent));
  for (const auto& assignment : entry.assignments) {
    auto* added = out->add_assignments();
    added->set_field(assignment.field);
    write_value(assignment.value, added->mutable_value());
    for (const auto& replaced : assignment.replaces) added->add_replaces(seen.index_of(replaced));
  }
  auto* clock = out->mutable_clock();
  clock->set_wall_ms(entry.clock.wall.ms);
  int64_t ahead_ms = 0;
  if (__builtin_sub_overflow(entry.hybrid.wall_ms, entry.clock.wall.ms, &ahead_ms)) {
    return malformed("clock");
  }
  clock->set_hybrid_ahead_ms(ahead_ms);
  clock->set_hybrid_counter(entry.hybrid.counter);
  clock->set_monotonic_ms(entry.clock.monotonic_ms);
  clock->set_boot(entry.clock.boot);
  out->set_person(entry.person.name);
  out->set_role(entry.person.role);
  out->set_known_by(static_cast<uint32_t>(entry.person.known_by));
  std::string bytes;
  out->SerializeToString(&bytes);
  // The author holds to exactly what every reader holds to.
  if (auto read = decode_entry(as_bytes(bytes)); !read) return read.refusal();
  return bytes;
}

Result<Entry> decode_entry(BytesView bytes) {
  if (bytes.size() > limits::kEntryBytesMax) return too_large("bytes");
  // An entry of a usual size is read without asking for memory but for its longer texts.
  alignas(std::max_align_t) std::array<char, kEntryMemory> first;
  google::protobuf::ArenaOptions options;
  options.initial_block = first.data();
  options.initial_block_size = first.size();
  google::protobuf::Arena arena(options);
  auto* in = google::protobuf::Arena::CreateMessage<ledger::Entry>(&arena);
  if (!in->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return malformed("bytes");

  Entry entry;
  const auto record = RecordId::from(in->record());
  if (!record) return malformed("record");
  entry.record = *record;
  if (in->form().empty()) return malformed("form");
  if (in->form().size() > limits::kNameBytesMax) return too_large("form");
  if (in->person().size() > limits::kPersonBytesMax) return too_large("person");
  if (in->role().size() > limits::kNameBytesMax) return too_large("role");
  if (in->assignments_size() == 0) return malformed("no assignments");
  if (in->assignments_size() > static_cast<int>(limits::kAssignmentsMax)) {
    return too_large("assignments");
  }
  if (in->seen_size() > static_cast<int>(limits::kSeenMax)) return too_large("seen");
  entry.form = std::move(*in->mutable_form());
  entry.person = {std::move(*in->mutable_person()), std::move(*in->mutable_role()),
                  known_by_of(in->known_by())};

  std::vector<EntryName> seen;
  seen.reserve(static_cast<size_t>(in->seen_size()));
  for (const auto& name : in->seen()) {
    const auto parsed = EntryName::from(name);
    if (!parsed) return malformed("seen");
    seen.push_back(*parsed);
  }
  if (!read_names(in->parents(), seen, entry.parents)) return malformed("parents");

  entry.assignments.reserve(static_cast<size_t>(in->assignments_size()));
  for (auto& assignment : *in->mutable_assignments()) {
    Assignment added;
    if (assignment.field().empty()) return malformed("field");
    if (assignment.field().size() > limits::kNameBytesMax) return too_large("field");
    added.field = std::move(*assignment.mutable_field());
    for (const auto& earlier : entry.assignments) {
      if (earlier.field == added.field) return malformed("a field assigned twice");
    }
    if (const char* problem = take_value(*assignment.mutable_value(), 0, added.value)) {
      return malformed(problem);
    }
    if (!read_names(assignment.replaces(), seen, added.replaces)) return malformed("replaces");
    entry.assignments.push_back(std::move(added));
  }
  const auto& clock = in->clock();
  entry.clock = {{clock.wall_ms()}, clock.monotonic_ms(), clock.boot()};
  if (__builtin_add_overflow(clock.wall_ms(), clock.hybrid_ahead_ms(), &entry.hybrid.wall_ms)) {
    return malformed("clock");
  }
  entry.hybrid.counter = clock.hybrid_counter();
  return entry;
}

uint64_t count_assignments(BytesView bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(bytes.data(), static_cast<int>(bytes.size()));
  constexpr uint32_t kTag = WireFormatLite::MakeTag(ledger::Entry::kAssignmentsFieldNumber,
                                                    WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  uint64_t out = 0;
  while (const uint32_t tag = in.ReadTag()) {
    if (tag == kTag) ++out;
    if (!WireFormatLite::SkipField(&in, tag)) break;
  }
  return out;
}

}  // namespace sitelog
