#include "support.hpp"

#include <algorithm>
#include <set>

namespace sitelog {

namespace {

void append_utf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

rc::Gen<uint32_t> any_code_point() {
  return rc::gen::oneOf(
      rc::gen::inRange<uint32_t>('a', 'z' + 1), rc::gen::inRange<uint32_t>(0, 0x80),
      rc::gen::inRange<uint32_t>(0x4E00, 0x9FFF), rc::gen::inRange<uint32_t>(0x80, 0x800),
      rc::gen::inRange<uint32_t>(0xE000, 0x10000), rc::gen::inRange<uint32_t>(0x10000, 0x110000));
}

rc::Gen<Value> any_value_within(int levels) {
  const auto text = rc::gen::map(any_text(), [](std::string in) { return Value(std::move(in)); });
  const auto integer =
      rc::gen::map(rc::gen::arbitrary<int64_t>(), [](int64_t in) { return Value(in); });
  const auto flag = rc::gen::map(rc::gen::arbitrary<bool>(), [](bool in) { return Value(in); });
  const auto cleared = rc::gen::just(Value());
  const auto list = rc::gen::map(rc::gen::container<TextList>(any_text()),
                                 [](TextList in) { return Value(std::move(in)); });
  if (levels == 0) return rc::gen::oneOf(text, integer, flag, cleared, list);
  const auto structure = rc::gen::map(
      rc::gen::scale(0.5, rc::gen::container<Structure>(any_name(), any_value_within(levels - 1))),
      [](Structure in) { return Value(std::move(in)); });
  return rc::gen::oneOf(text, integer, flag, cleared, list, structure);
}

rc::Gen<std::vector<EntryName>> some_of(const std::vector<EntryName>& names) {
  return rc::gen::map(rc::gen::container<std::vector<uint8_t>>(rc::gen::arbitrary<uint8_t>()),
                      [names](const std::vector<uint8_t>& picks) {
                        std::vector<EntryName> out;
                        for (const uint8_t pick : picks) out.push_back(names[pick % names.size()]);
                        return out;
                      });
}

void write(const Value& value, ledger::Value* out) {
  if (value.text() != nullptr) {
    out->set_text(*value.text());
  } else if (value.integer() != nullptr) {
    out->set_integer(*value.integer());
  } else if (value.flag() != nullptr) {
    out->set_flag(*value.flag());
  } else if (value.list() != nullptr) {
    out->mutable_list();
    for (const auto& item : *value.list()) out->mutable_list()->add_item(item);
  } else if (value.structure() != nullptr) {
    out->mutable_structure();
    for (const auto& [name, inner] : *value.structure()) {
      auto* member = out->mutable_structure()->add_member();
      member->set_name(name);
      write(inner, member->mutable_value());
    }
  } else {
    out->set_cleared(true);
  }
}

template <class T>
std::string outcome(const Result<T>& result) {
  if (result) return "accepted";
  const auto& args = result.refusal().args;
  return std::string(name_of(result.refusal().reason)) + ": " + (args.empty() ? "" : args.front());
}

}  // namespace

rc::Gen<std::string> any_text() {
  return rc::gen::map(
      rc::gen::scale(0.2, rc::gen::container<std::vector<uint32_t>>(any_code_point())),
      [](const std::vector<uint32_t>& points) {
        std::string out;
        for (const uint32_t point : points) append_utf8(out, point);
        return out;
      });
}

rc::Gen<std::string> any_name() {
  return rc::gen::map(rc::gen::arbitrary<uint32_t>(),
                      [](uint32_t in) { return "f" + std::to_string(in % 1000); });
}

rc::Gen<Value> any_value() {
  return rc::gen::scale(0.3, any_value_within(4));
}

rc::Gen<Entry> any_entry() {
  return rc::gen::exec([] {
    Entry entry;
    entry.record = *any_bytes<RecordId>();
    entry.form = *any_name();
    entry.person = {*any_text(),
                    std::string(*rc::gen::element("", "checker", "administrator, viewer")),
                    *rc::gen::element(KnownBy::kDeviceKey, KnownBy::kFolder, KnownBy::kPassword,
                                      KnownBy::kToken, KnownBy::kPin)};
    const auto names = *rc::gen::container<std::vector<EntryName>>(8, any_bytes<EntryName>());
    entry.parents = *rc::gen::scale(0.1, some_of(names));
    const auto fields = *rc::gen::scale(0.2, rc::gen::container<std::set<std::string>>(any_name()));
    entry.assignments.push_back({"first", *any_value(), *rc::gen::scale(0.1, some_of(names))});
    for (const auto& field : fields) {
      entry.assignments.push_back({field, *any_value(), *rc::gen::scale(0.1, some_of(names))});
    }
    // Far apart, but with a distance that is a number.
    const auto any_time = rc::gen::inRange<int64_t>(-(int64_t{1} << 61), int64_t{1} << 61);
    entry.clock = {{*any_time}, *rc::gen::arbitrary<int64_t>(), *rc::gen::arbitrary<uint64_t>()};
    entry.hybrid = {*any_time, *rc::gen::arbitrary<uint32_t>()};
    return entry;
  });
}

ledger::Entry message_of(const Entry& entry) {
  ledger::Entry out;
  out.set_record(entry.record.bytes.data(), RecordId::kSize);
  out.set_form(entry.form);
  std::vector<EntryName> seen;
  const auto index_of = [&](const EntryName& name) {
    const auto at = std::find(seen.begin(), seen.end(), name);
    if (at != seen.end()) return static_cast<uint32_t>(at - seen.begin());
    seen.push_back(name);
    out.add_seen(name.bytes.data(), EntryName::kSize);
    return static_cast<uint32_t>(seen.size() - 1);
  };
  for (const auto& parent : entry.parents) out.add_parents(index_of(parent));
  for (const auto& assignment : entry.assignments) {
    auto* added = out.add_assignments();
    added->set_field(assignment.field);
    write(assignment.value, added->mutable_value());
    for (const auto& replaced : assignment.replaces) added->add_replaces(index_of(replaced));
  }
  out.mutable_clock()->set_wall_ms(entry.clock.wall.ms);
  out.mutable_clock()->set_hybrid_ahead_ms(entry.hybrid.wall_ms - entry.clock.wall.ms);
  out.mutable_clock()->set_hybrid_counter(entry.hybrid.counter);
  out.mutable_clock()->set_monotonic_ms(entry.clock.monotonic_ms);
  out.mutable_clock()->set_boot(entry.clock.boot);
  out.set_person(entry.person.name);
  out.set_role(entry.person.role);
  out.set_known_by(static_cast<uint32_t>(entry.person.known_by));
  return out;
}

std::string unchecked_bytes_of(const Entry& entry) {
  return message_of(entry).SerializeAsString();
}

Entry plain_entry() {
  Entry entry;
  entry.record.bytes.fill(7);
  entry.form = "event";
  entry.assignments = {{"title", "送文艺下井", {}}};
  entry.clock = {{1'718'000'000'000}, 5'000, 42};
  entry.hybrid = {1'718'000'000'000, 0};
  entry.person = "李明";
  return entry;
}

Entry rich_entry() {
  Entry entry = plain_entry();
  EntryName earlier, other;
  earlier.bytes.fill(0xA1);
  other.bytes.fill(0xB2);
  entry.parents = {earlier, other};
  entry.assignments.push_back({"participants", 120, {earlier}});
  entry.assignments.push_back({"held", true, {other, earlier}});
  entry.assignments.push_back({"teams", TextList{"一队", "二队"}, {}});
  entry.assignments.push_back({"remark", Value(), {other}});
  entry.assignments.push_back(
      {"place", Structure{{"kind", "mine"}, {"more", Structure{{"level", -600}}}}, {}});
  entry.hybrid = {1'718'000'000'500, 3};
  return entry;
}

Value nested(int levels) {
  Value value("innermost");
  for (int i = 0; i < levels; ++i) value = Value(Structure{{"in", std::move(value)}});
  return value;
}

std::string outcome_of(const Result<Entry>& result) {
  return outcome(result);
}
std::string outcome_of(const Result<std::string>& result) {
  return outcome(result);
}

std::ostream& operator<<(std::ostream& out, const Value& value) {
  if (value.text() != nullptr) return out << '"' << *value.text() << '"';
  if (value.integer() != nullptr) return out << *value.integer();
  if (value.flag() != nullptr) return out << (*value.flag() ? "true" : "false");
  if (value.list() != nullptr) {
    out << '[';
    for (const auto& item : *value.list()) out << '"' << item << "\",";
    return out << ']';
  }
  if (value.structure() != nullptr) {
    out << '{';
    for (const auto& [name, inner] : *value.structure()) out << name << ':' << inner << ',';
    return out << '}';
  }
  return out << "cleared";
}

std::ostream& operator<<(std::ostream& out, const Entry& entry) {
  out << entry.record.hex() << ' ' << entry.form << " by \"" << entry.person.name << "\" ("
      << entry.person.role << ", " << name_of(entry.person.known_by) << "), parents";
  for (const auto& parent : entry.parents) out << ' ' << parent.hex();
  for (const auto& assignment : entry.assignments) {
    out << "\n  " << assignment.field << " = " << assignment.value << " replacing";
    for (const auto& replaced : assignment.replaces) out << ' ' << replaced.hex();
  }
  return out << "\n  clock " << entry.clock.wall.ms << ' ' << entry.clock.monotonic_ms << ' '
             << entry.clock.boot << " hybrid " << entry.hybrid.wall_ms << '+'
             << entry.hybrid.counter;
}

}  // namespace sitelog
