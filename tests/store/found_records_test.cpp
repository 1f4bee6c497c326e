// Records are found by what they say: whatever is asked for together, in whatever order they came
// to say it, it is what somebody finds who looks at all of them.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "sync/merge/sought.hpp"
#include "sync/merge/text_pairs.hpp"
#include "sync/store/sqlite/record_bits.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "tests/support/indexed_texts.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

namespace json = boost::json;

const std::vector<BookCode> kUnits{"u1", "u2", "u3"};
const std::vector<std::string> kPeople{"ana", "ben", "", "ana "};
constexpr int64_t kDays = 40;
const std::vector<std::string> kTexts{"", "井口", "工会", "工地", "Ａb", "，。", "口工"};
const std::vector<std::string> kWanted{"井口", "口工", "工", "b井口", "ab", "，", "会工会", "x1"};

std::string text_of(const json::object& line, const char* name) {
  const json::value* value = line.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool is_within(const json::object& line, const Within& within) {
  const auto has = [](const std::vector<std::string>& list, const std::string& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  const std::string unit = text_of(line, "unit"), campaign = text_of(line, "campaign");
  return within.empty() || std::any_of(within.begin(), within.end(), [&](const RecordsOf& of) {
           return (of.units.empty() || has(of.units, unit)) &&
                  (of.campaign.empty() || of.campaign == campaign) && !has(of.except, campaign);
         });
}

// What somebody would choose who looks at a line.
bool is_meant(const json::object& line, const RecordFilter& filter) {
  const json::object& fields = line.at("fields").as_object();
  const auto& review = line.at("review").as_object();
  const auto one_of = [&](const char* name, const std::string& wanted) {
    return line.at("created").at(name).as_string() == wanted ||
           line.at("changed").at(name).as_string() == wanted;
  };
  const auto* day_said = fields.if_contains("day");
  const uint32_t day = day_said != nullptr ? day_said->to_number<uint32_t>() : 0;
  const uint32_t changed = changed_seconds(line.at("changed").at("wall").as_int64());
  const bool any_device =
      std::any_of(filter.devices.begin(), filter.devices.end(),
                  [&](const DeviceId& device) { return one_of("device", device.hex()); });
  const bool is_void = line.contains("void");
  if (!filter.units.empty() && std::find(filter.units.begin(), filter.units.end(),
                                         text_of(line, "unit")) == filter.units.end()) {
    return false;
  }
  if (!is_within(line, filter.within)) return false;
  if (filter.unusual_on &&
      (is_void || (text_of(fields, "unusual") != "yes" && day <= *filter.unusual_on))) {
    return false;
  }
  const auto holds_text = [&](const auto& field) {
    return field.value().is_string() &&
           folded(std::string_view(field.value().as_string())).find(filter.text) !=
               std::string::npos;
  };
  if (!filter.text.empty() && std::none_of(fields.begin(), fields.end(), holds_text)) return false;
  return (filter.campaign.empty() || filter.campaign == text_of(line, "campaign")) &&
         (filter.review.empty() || filter.review == review.at("state").as_string()) &&
         (!filter.changed || review.contains("changed_since")) &&
         (!filter.in_conflict || !line.at("conflicts").as_array().empty()) &&
         (filter.kind.empty() || filter.kind == text_of(fields, "kind")) &&
         (filter.level.empty() || filter.level == text_of(fields, "level")) &&
         (filter.status.empty() || filter.status == text_of(fields, "status")) &&
         (!filter.voided || *filter.voided == is_void) &&
         (filter.person.empty() || one_of("person", filter.person)) &&
         (filter.devices.empty() || any_device) &&
         (filter.day_from == 0 || day >= filter.day_from) &&
         (filter.day_to == 0 || (day != 0 && day <= filter.day_to)) &&
         (filter.changed_since == 0 || changed >= filter.changed_since);
}

// Two devices of three units at headquarters, which write as the dice say.
struct World {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice other{clock, 2, headquarters, "u1"};
  std::mt19937_64 dice;
  std::vector<std::pair<BookCode, RecordId>> records;

  explicit World(uint64_t seed) : dice(seed) {
    headquarters.store().transact([&] {
      headquarters.store().take_on(kUnits);
      return 0;
    });
    headquarters.grant(other, "u1");
    headquarters.set_campaign("c", "*");
    sync(other, headquarters);
  }

  size_t draw(size_t below) { return dice() % below; }
  template <class List>
  auto one_of(const List& list) {
    return list[draw(list.size())];
  }

  std::map<std::string, Value> some_values() {
    std::map<std::string, Value> out{{"title", Value("x" + std::to_string(draw(1000)))}};
    if (draw(2) == 0) out["place"] = one_of(kTexts) + one_of(kTexts);
    const std::vector<std::string> kinds{"film", "dance", "音乐", ""};
    if (draw(3) > 0) out["kind"] = one_of(kinds);
    if (draw(3) > 0) out["level"] = one_of(std::vector<std::string>{"county", "village"});
    if (draw(3) > 0) out["status"] = one_of(std::vector<std::string>{"held", "planned"});
    if (draw(3) > 0) out["day"] = static_cast<int64_t>(1 + draw(kDays));
    if (draw(5) == 0) out["unusual"] = draw(2) == 0 ? "yes" : "no";
    if (draw(2) == 0) out["_campaign"] = one_of(std::vector<std::string>{"c", "invented"});
    if (draw(8) == 0) out["_void"] = draw(2) == 0 ? Value("a mistake") : Value();
    return out;
  }

  void write(const BookCode& unit, const Entry& entry) {
    REQUIRE(headquarters.store().write(unit, entry, headquarters.now(), one_of(kPeople)));
  }

  void step() {
    clock.advance(static_cast<int64_t>(draw(90'000)));
    const auto at_headquarters = [&](const auto& what) {
      headquarters.store().transact([&] {
        what();
        return 0;
      });
    };
    switch (records.empty() ? 0 : draw(10)) {
      case 8:
        if (draw(3) == 0) {  // more than is left unfiled
          at_headquarters([&] {
            for (int i = 0; i < 40; ++i) {
              const RecordId id = headquarters.store().new_record_id(headquarters.now());
              write("u2", compose(nullptr, id, "event", some_values()));
              records.emplace_back("u2", id);
            }
          });
        }
        break;
      case 9: index_some(); break;
      case 0:
      case 1:
      case 2: {
        const BookCode unit = one_of(kUnits);
        at_headquarters([&] {
          const RecordId id = draw(20) == 0 && !records.empty()
                                  ? one_of(records).second
                                  : headquarters.store().new_record_id(headquarters.now());
          write(unit, compose(nullptr, id, "event", some_values()));
          records.emplace_back(unit, id);
        });
        break;
      }
      case 3: {
        const auto [unit, id] = one_of(records);
        at_headquarters([&, unit = unit, id = id] {
          const auto state = headquarters.store().state(unit, id, "event");
          write(unit, compose(state ? &*state : nullptr, id, "event", some_values()));
        });
        break;
      }
      case 4: {  // knows nothing of what is there: a conflict
        const auto [unit, id] = one_of(records);
        at_headquarters([&, unit = unit, id = id] {
          write(unit, compose(nullptr, id, "event", {{"title", "another"}}));
        });
        break;
      }
      case 5: {
        const auto [unit, id] = one_of(records);
        at_headquarters([&, unit = unit, id = id] {
          const auto state = headquarters.store().state(unit, id, "event");
          if (!state) return;
          const auto verdict = one_of(std::vector{
              ReviewVerdict::kAccepted, ReviewVerdict::kReturned, ReviewVerdict::kRefused});
          write(unit, compose(&*state, id, "event",
                              {{"_review", review_value({verdict, false, {}, {}, {}, {}},
                                                        content_digest(*state))}}));
        });
        break;
      }
      case 6:
        records.emplace_back("u1", other.add_event("of the other", some_values()));
        sync(other, headquarters);
        break;
      default:
        if (draw(6) == 0) headquarters.set_campaign("c", draw(2) == 0 ? "*" : "film");
        break;
    }
  }

  // A part of what waits, as of some steps ago, or not to the end.
  void index_some() {
    const auto do_in = [&](const auto& what) {
      return headquarters.store().transact([&] { return what(headquarters.store()); });
    };
    do_in([](Store& store) { return store.clean_texts(); });
    const int64_t segment = do_in([](Store& store) { return store.begin_text(); });
    const auto content = headquarters.store().queries().gather_text(1 + draw(60));
    if (!content) return;
    if (draw(2) == 0 && !records.empty()) {
      const auto [unit, id] = one_of(records);
      do_in([&, unit = unit, id = id](Store& store) {
        const auto state = store.state(unit, id, "event");
        write(unit, compose(state ? &*state : nullptr, id, "event", some_values()));
        return 0;
      });
    }
    const size_t half = content->words.size() / 2;
    do_in([&](Store& store) { return store.add_text(segment, *content, 0, half); });
    if (draw(6) == 0) return;
    if (draw(8) == 0) headquarters.reopen();
    do_in([&](Store& store) {
      return store.add_text(segment, *content, half, content->words.size()) &&
             store.finish_text(segment, *content);
    });
  }

  RecordFilter some_filter() {
    RecordFilter out;
    if (draw(3) == 0) out.text = folded(one_of(kWanted));
    if (draw(4) == 0) out.units = {one_of(kUnits)};
    if (draw(8) == 0) out.units = {"u1", "u3"};
    if (draw(4) == 0) out.form = "event";
    if (draw(4) == 0) out.campaign = "c";
    if (draw(4) == 0) {
      out.review = one_of(std::vector<std::string>{"pending", "returned", "accepted", "refused"});
    }
    out.changed = draw(8) == 0;
    out.in_conflict = draw(6) == 0;
    if (draw(4) == 0) out.kind = one_of(std::vector<std::string>{"film", "音乐", "none such"});
    if (draw(5) == 0) out.level = "county";
    if (draw(5) == 0) out.status = "held";
    if (draw(5) == 0) out.voided = draw(2) == 0;
    if (draw(5) == 0) out.person = one_of(kPeople);
    if (draw(5) == 0) out.devices = {draw(2) == 0 ? other.id() : headquarters.id()};
    if (draw(4) == 0) out.day_from = static_cast<uint32_t>(1 + draw(kDays));
    if (draw(4) == 0) out.day_to = static_cast<uint32_t>(1 + draw(kDays));
    if (draw(6) == 0) {
      out.changed_since = changed_seconds(clock.true_ms - static_cast<int64_t>(draw(3'000'000)));
    }
    if (draw(6) == 0) out.unusual_on = static_cast<uint32_t>(1 + draw(kDays));
    while (draw(3) == 0) {
      RecordsOf& of = out.within.emplace_back();
      if (draw(3) > 0) of.units = {one_of(kUnits)};
      if (draw(2) == 0) of.campaign = "c";
      if (draw(3) == 0) of.except = {"c"};
    }
    return out;
  }

  std::vector<json::object> list(const RecordFilter& filter) {
    std::vector<json::object> out;
    headquarters.store().queries().list_records(
        filter, std::nullopt, [&](json::object line) { out.push_back(std::move(line)); });
    return out;
  }
  std::vector<RecordPlace> places(const RecordFilter& filter) {
    std::vector<RecordPlace> out;
    headquarters.store().queries().list_placed(
        filter, std::nullopt,
        [&](const RecordPlace& at, const json::object&) { out.push_back(at); });
    return out;
  }
};

// What a table says of the records is what a list does, in pieces of whatever size.
void check_shown(World& world, const RecordFilter& filter) {
  const auto lines = world.list(filter);
  auto line = lines.begin();
  const auto check = [&](const ShownRecord& shown) {
    REQUIRE(line != lines.end());
    json::object fields, explanations;
    for (const auto& [field, value] : shown.fields) fields[field] = to_json(value);
    for (const auto& [field, why] : shown.explanations) explanations[field] = to_json(why);
    CHECK(shown.unit == text_of(*line, "unit"));
    CHECK(shown.record.hex() == text_of(*line, "record"));
    CHECK(json::value(fields) == line->at("fields"));
    CHECK(explanations ==
          (line->contains("explanations") ? line->at("explanations").as_object() : json::object()));
    CHECK(name_of(shown.review) == text_of(line->at("review").as_object(), "state"));
    CHECK(shown.voided == line->contains("void"));
    CHECK(shown.why_void == text_of(*line, "void"));
    CHECK(shown.person == text_of(line->at("created").as_object(), "person"));
    ++line;
  };
  // By two in turns, each of which finds by itself what there is.
  const Queries& queries = world.headquarters.store().queries();
  const std::array readers{queries.shown_pieces(filter), queries.shown_pieces(filter)};
  CHECK(readers[0]->count() >= static_cast<int64_t>(lines.size()));
  std::optional<RecordPlace> behind = RecordPlace{};
  for (size_t turn = 0; behind; ++turn) {
    ShownPieces& pieces = *readers[turn % 2];
    behind = pieces.go_to(*behind, static_cast<int64_t>(1 + turn % 5));
    pieces.tell(check);
  }
  CHECK(line == lines.end());
}

// What is counted record by record is what a list tells, as it is merged; and by unit it is as
// much.
void check_states_and_units(World& world, RecordFilter filter, size_t right) {
  if (!filter.text.empty()) return;  // which the store may have to look at
  Store& store = world.headquarters.store();
  const auto lines = world.list(filter);
  auto line = lines.begin();
  filter.limit = 3;
  std::map<BookCode, int64_t> by_unit;
  for (std::optional<RecordPlace> next = RecordPlace{}; next;) {
    filter.after = *next;
    next = store.queries().each_state(filter, [&](const BookCode& unit, const RecordState& state) {
      REQUIRE(line != lines.end());
      CHECK(state.record.hex() == text_of(*line, "record"));
      CHECK(unit == text_of(*line, "unit"));
      CHECK(state == *store.state(unit, state.record, state.form));
      ++by_unit[unit];
      ++line;
    });
  }
  CHECK(line == lines.end());
  CHECK(lines.size() == right);
  CHECK(store.queries().count_by_unit(filter) == by_unit);
}

std::string name(const json::object& line) {
  return text_of(line, "unit") + "/" + text_of(line, "record");
}

}  // namespace

TEST_CASE("what a filter finds is what somebody finds who looks at every record, always") {
  for (const uint64_t seed : {1, 2, 3, 4}) {
    World world(seed);
    for (int step = 0; step < 260; ++step) {
      world.step();
      if (step % 4 != 0) continue;
      const RecordFilter filter = world.some_filter();
      std::vector<std::string> found, right;
      for (const auto& line : world.list(filter)) found.push_back(name(line));
      for (const auto& line : world.list({})) {
        if (is_meant(line, filter)) right.push_back(name(line));
      }
      INFO("seed " << seed << ", step " << step << ", text " << filter.text << ", kind "
                   << filter.kind << ", by " << filter.person << ", days " << filter.day_from
                   << " to " << filter.day_to << ", unusual " << filter.unusual_on.value_or(0));
      REQUIRE(found == right);
      int64_t all = -1;
      RecordFilter page = filter;
      page.limit = 3;
      world.headquarters.store().queries().list_records(
          page, std::nullopt, [](auto) {}, &all);
      ListEnd end;
      CHECK(world.headquarters.store().queries().count_records(filter, &end) ==
            static_cast<int64_t>(right.size()));
      if (end.at_most) {
        CHECK(all >= static_cast<int64_t>(right.size()));
      } else {
        CHECK(all == static_cast<int64_t>(right.size()));
      }
      check_shown(world, filter);
      check_states_and_units(world, filter, right.size());
      if (right.size() < 2) continue;
      const size_t at = found.size() / 2;
      page.after = world.places(filter)[at];
      CHECK(world.headquarters.store().queries().count_records(page) ==
            static_cast<int64_t>(found.size() - at - 1));
    }
    CHECK(world.headquarters.verified() == "");
    CHECK(world.other.verified() == "");
  }
}

TEST_CASE("pages told while others write repeat nothing and leave nothing out that stood there") {
  for (const uint64_t seed : {5, 6}) {
    World world(seed);
    for (int step = 0; step < 150; ++step) world.step();
    RecordFilter filter;
    filter.units = {"u1", "u2"};
    std::set<std::string> stood;
    for (const auto& line : world.list(filter)) stood.insert(name(line));
    std::vector<std::string> told;
    filter.limit = 7;
    for (auto page = world.list(filter); !page.empty(); page = world.list(filter)) {
      for (const auto& line : page) told.push_back(name(line));
      filter.after = world.places(filter).back();
      for (int i = 0; i < 3; ++i) world.step();
    }
    CHECK(std::set<std::string>(told.begin(), told.end()).size() == told.size());
    for (const std::string& each : stood) {
      CHECK(std::find(told.begin(), told.end(), each) != told.end());
    }
  }
}

TEST_CASE("what records are found by is worked out again by verify, and when a folder is opened") {
  World world(7);
  for (int step = 0; step < 80; ++step) world.step();
  world.clock.advance(1000);
  world.headquarters.write("u1", world.records.front().second, "event", {{"kind", "dance"}});
  index_all(world.headquarters);
  RecordFilter films;
  films.kind = "film";
  const size_t right = world.list(films).size();
  REQUIRE(right > 0);
  for (const char* harm :
       {"DELETE FROM traits WHERE trait = (SELECT max(trait) FROM traits)",
        "UPDATE traits SET records = x'0000' WHERE trait = (SELECT min(trait) FROM traits)",
        "INSERT INTO traits VALUES (7, 7, x'0000')", "UPDATE columns SET numbers = x'01'",
        "UPDATE columns SET numbers = zeroblob(8) WHERE column_id >> 40 = 2",
        "DELETE FROM unfiled WHERE record_id = (SELECT max(record_id) FROM unfiled)",
        "UPDATE unfiled SET now = filed WHERE record_id = (SELECT max(record_id) FROM unfiled)",
        "UPDATE unfiled SET filed = now WHERE record_id = (SELECT max(record_id) FROM unfiled)",
        "UPDATE unfiled SET book_id = book_id + 1",
        "INSERT INTO unfiled VALUES (100000, 1, NULL, NULL)", "UPDATE unfiled SET now = x'00'",
        "DELETE FROM words WHERE word_id = (SELECT max(word_id) FROM words)",
        "UPDATE words SET records = x'01' WHERE word_id = (SELECT min(word_id) FROM words)",
        "UPDATE words SET records = x'ff'", "UPDATE segments SET records = x'01'",
        "UPDATE segments SET records = x''",
        "UPDATE meta SET value = '100000' WHERE key = 'text_up_to'"}) {
    INFO(harm);
    world.headquarters.close();
    {
      Database database(world.headquarters.database(), Database::Mode::kReadWrite);
      database.run(harm);
    }
    world.headquarters.reopen();
    CHECK(world.headquarters.verified() != "");
    // As an earlier build left it, it is made anew.
    world.headquarters.close();
    {
      Database database(world.headquarters.database(), Database::Mode::kReadWrite);
      database.run("DELETE FROM meta WHERE key = 'counted_by'");
    }
    world.headquarters.reopen();
    CHECK(world.headquarters.verified() == "");
    CHECK(world.list(films).size() == right);
    index_all(world.headquarters);
    CHECK(world.headquarters.verified() == "");
    // Something waits to be filed again.
    world.clock.advance(1000);
    world.headquarters.write("u1", world.records.front().second, "event",
                             {{"kind", "dance"}, {"title", harm}});
    index_all(world.headquarters);
  }
}

TEST_CASE("what is found leaves the list with the record's entry, and comes back with another") {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, "u1"};
  headquarters.grant(site, "u1");
  sync(site, headquarters);
  const RecordId record = site.add_event("x", {{"kind", "film"}});
  sync(site, headquarters);
  const auto found = [&](const std::string& kind) {
    RecordFilter filter;
    filter.kind = kind;
    return headquarters.store().queries().count_records(filter);
  };
  CHECK(found("film") == 1);
  headquarters.revoke(site, "u1", {});  // nothing of it counts
  CHECK(found("film") == 0);
  CHECK(headquarters.verified() == "");
  headquarters.reinstate(site, "u1");
  CHECK(found("film") == 1);
  site.edit_event(record, "kind", "dance");
  sync(site, headquarters);
  CHECK(found("film") == 0);
  CHECK(found("dance") == 1);
  CHECK(headquarters.verified() == "");
}

TEST_CASE("traits of a page read back as they were kept, and no other bytes do") {
  std::mt19937_64 dice(9);
  for (const size_t count : {0, 1, 255, 256, 4096}) {
    PageBits bits;
    std::set<size_t> places;
    while (places.size() < count) places.insert(dice() % kRecordsOfPage);
    for (const size_t place : places) bits.set(place, true);
    const std::string bytes = packed(bits);
    CHECK(bytes.size() == (count < 256 ? 2 * count : 512));
    CHECK(unpacked_bits(bytes) == bits);
    for (const size_t place : places) bits.set(place, false);
    CHECK(bits.none());
  }
  CHECK_FALSE(unpacked_bits("x"));
  CHECK_FALSE(unpacked_bits(std::string(514, '\0')));
  CHECK_FALSE(unpacked_bits("\xff\xff"));
  ChunkNumbers numbers{};
  CHECK(packed(numbers, true).empty());
  numbers[0] = numbers[7] = 5;
  CHECK(packed(numbers, true).size() == 4);
  CHECK((*unpacked_numbers(packed(numbers, true), true))[400] == 5);
  CHECK(unpacked_numbers(packed(numbers, false), false) == numbers);
  numbers[3] = 6;
  CHECK(unpacked_numbers(packed(numbers, true), true) == numbers);
  CHECK_FALSE(unpacked_numbers("abc", false));
  CHECK_FALSE(unpacked_numbers(std::string(4 * 513, '\0'), false));
}
