// Records listed: page by page, each page at a moment of its own, so that a caller who reads slowly
// holds up nobody. A record that changes meanwhile is told once, as it is when its page is read.
#include <algorithm>
#include <limits>
#include <map>

#include "engine/commenting.hpp"
#include "engine/known_units.hpp"
#include "engine/list_cursor.hpp"
#include "engine/listed_sums.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_filter.hpp"
#include "engine/record_names.hpp"
#include "engine/record_operations.hpp"
#include "engine/station_words.hpp"
#include "engine/unusual_values.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kPageRecords = kPageLines;
// Of a page that is asked for: so many are looked at for what the store can't say.
constexpr int64_t kRecordsLookedMax = 4000;

void tell_comments_of(Engine& engine, json::object& line) {
  if (!line.contains("comments")) return;
  engine.read([&](const Queries& queries) {
    tell_who_spoke_last(queries, engine.identity(), line);
    return Done{};
  });
}

// All of them with all they say, telephone numbers too: for the owner of the folder alone.
OperationAnswer export_records(Engine& engine, const OperationCall& call) {
  if (call.caller.known_by != KnownBy::kFolder) {
    return Refusal{Reason::kNotPermitted,
                   N_("records leave as files by the owner of the data folder only"),
                   {}};
  }
  auto asked = read_asked_records(engine, call);
  if (!asked) return asked.refusal();
  asked->filter.limit = kPageRecords;
  UnusualValues marks(engine);
  const SeenCodes codes(engine.identity().key);
  const auto tree = engine.read([&](const Queries& queries) { return engine.units(queries); });
  int64_t count = 0;
  std::vector<ListedRecord> page;
  for (bool more = true; more;) {
    more = read_records(engine, asked->filter, std::nullopt, page);
    for (auto& [at, line] : page) {
      marks.mark(line);
      if (!asked->wanted.fits(line)) continue;
      ++count;
      line["unit_name"] = tree->name(BookCode(line.at("unit").as_string()));
      tell_comments_of(engine, line);
      name_stations([&](const BookCode& code) { return tree->name(code); }, line);
      add_code(codes, line);
      call.io.line(line);
    }
  }
  if (count == 0 && asked->wanted.no_such_word) return *asked->wanted.no_such_word;
  return json::object{{"records", count}};
}

// One asking for a list, or for a page of it.
class Listing {
 public:
  Listing(Engine& engine, const OperationCall& call, AskedRecords asked)
      : engine_(engine),
        call_(call),
        filter_(std::move(asked.filter)),
        wanted_(std::move(asked.wanted)),
        cursors_(engine.identity().key, "records.list", call, names()),
        marks_(engine),
        codes_(engine.identity().key),
        limit_(call.args.integer("limit")) {}

  OperationAnswer run() {
    auto begun = begin();
    if (!begun) return begun.refusal();
    for (bool more = true; more && !done_;) {
      more = next_page();
      for (auto& [at, line] : page_) tell(at, line);
      if (cut_ && !done_) more_ = done_ = true;
    }
    return answer();
  }

 private:
  static std::vector<std::string> names() {
    auto out = narrowing_names();
    out.emplace_back("waiting");
    return out;
  }

  Answer<bool> begin() {
    const auto place = cursors_.given();
    if (!place) return place.refusal();
    if (*place) {
      from_ = **place;
      filter_.after = from_->at;
    } else if (call_.args.has("after")) {
      const std::string& named = call_.args.text("after");
      const auto after = engine_.read([&](const Queries& queries) -> Answer<RecordPlace> {
        const auto found = find_record(engine_, queries, call_.caller, named);
        if (found) return queries.place_of(*found);
        // A whole id that several records have is a place all the same: behind all of them.
        const bool several = !found.refusal().problems.empty();
        const auto id = several ? RecordId::parse(named) : std::nullopt;
        return id ? Answer<RecordPlace>(RecordPlace::behind_all(*id)) : found.refusal();
      });
      if (!after) return after.refusal();
      filter_.after = *after;
    }
    begins_ = filter_.after == RecordPlace{};
    return true;
  }

  // One record more than is told says whether any follow.
  bool next_page() {
    const bool counts = limit_ && !from_ && !all_ && !wanted_.anything();
    if (is_bounded()) filter_.looked_max = kRecordsLookedMax;
    filter_.limit = kPageRecords;
    if (limit_ && !wanted_.anything()) {
      filter_.limit = std::min(*limit_ - told_ + 1, kPageRecords);
    }
    RecordFilter whole = filter_;
    int64_t all = 0;
    ListEnd end;
    const bool more =
        read_records(engine_, filter_, held_by(engine_), page_, counts ? &all : nullptr, &end);
    if (counts) all_ = end.at_most ? count(std::move(whole)) : all;
    if (end.cut) {
      looked_at_ = end.looked_at;
      cut_ = true;
    }
    return more;
  }

  // Of those of which the text can't tell without looking: of as many as are looked at.
  int64_t count(RecordFilter whole) {
    ListEnd end;
    const int64_t out =
        engine_.read([&](const Queries& queries) { return queries.count_records(whole, &end); });
    counted_in_part_ = end.cut;
    return out;
  }

  void tell(const RecordPlace& at, json::object& line) {
    if (done_) return;
    const bool full = limit_ && told_ >= *limit_;
    if (full && !wanted_.anything()) {
      more_ = done_ = true;
      return;
    }
    if (is_bounded() && ++looked_ > kRecordsLookedMax) {
      more_ = done_ = cut_ = true;
      return;
    }
    if (!cut_) looked_at_ = at;
    marks_.mark(line);
    if (!wanted_.fits(line)) return;
    ++found_;
    if (full) {
      more_ = true;  // and counted on
      return;
    }
    last_ = at;
    ++told_;
    name_stations([this](const BookCode& code) { return name_of_unit(code); }, line);
    const BookCode unit(line.at("unit").as_string());
    if (const std::string& name = name_of_unit(unit); name != unit) line["unit_name"] = name;
    tell_comments_of(engine_, line);
    add_code(codes_, line);
    call_.io.line(line);
  }

  const std::string& name_of_unit(const BookCode& code) {
    const auto [at, fresh] = names_of_units_.try_emplace(code);
    if (fresh) {
      at->second = engine_.read(
          [&](const Queries& queries) { return KnownUnits(engine_, queries).name(code); });
    }
    return at->second;
  }

  OperationAnswer answer() {
    const bool none = std::max(found_, all_.value_or(0)) == 0;
    if (none && begins_ && !cut_ && wanted_.no_such_word) return *wanted_.no_such_word;
    const int64_t before = from_ ? from_->of : 0;
    const int64_t of = from_ ? std::abs(before) : std::max(told_, all_.value_or(found_));
    const bool at_least = from_ ? before < 0 : cut_ || counted_in_part_;
    json::object out{{"records", told_}, {"of", of}};
    if (at_least) out["at_least"] = true;
    if (more_) {
      // Where the page is full, behind its last; else behind what was looked at.
      const auto& at = told_ >= limit_.value_or(0) ? last_ : looked_at_;
      ListPlace place;
      place.of = at_least ? -of : of;
      if (at) {
        place.at = *at;
        out["next"] = cursors_.after(place);
      }
    }
    return out;
  }

  // Whoever sits at the folder waits for what they ask for.
  bool is_bounded() const {
    return limit_ && (wanted_.anything() || !filter_.text.empty()) &&
           call_.caller.known_by != KnownBy::kFolder;
  }

  Engine& engine_;
  const OperationCall& call_;
  RecordFilter filter_;
  Wanted wanted_;
  ListCursors cursors_;
  UnusualValues marks_;
  const SeenCodes codes_;
  std::map<BookCode, std::string> names_of_units_;  // each is looked for once
  const std::optional<int64_t> limit_;
  std::optional<ListPlace> from_;
  bool begins_ = true;
  std::vector<ListedRecord> page_;
  int64_t told_ = 0, found_ = 0, looked_ = 0;
  std::optional<int64_t> all_;                   // where they were counted
  std::optional<RecordPlace> last_, looked_at_;  // told; looked at
  bool more_ = false, cut_ = false, done_ = false;
  bool counted_in_part_ = false;
};

OperationAnswer list_all_records(Engine& engine, const OperationCall& call) {
  auto asked = read_asked_records(engine, call);
  if (!asked) return asked.refusal();
  asked->wanted.waiting = call.args.flag("waiting");
  // With the first page: what follows it is told of the same list.
  const bool adds = call.args.flag("sums") && !call.args.has("cursor");
  auto sums = adds ? sums_of(engine, *asked) : std::nullopt;
  auto told = Listing(engine, call, *std::move(asked)).run();
  if (told && sums) (*told)["sums"] = *std::move(sums);
  return told;
}

}  // namespace

void add_record_listing(OperationTable& table, Engine* engine, Shape line) {
  using namespace shape;
  table.add(
      {.name = "records.export",
       .help = N_("the records with all they say, to be written to a file"),
       .audited = true,
       .arguments = narrowing_arguments(argument::text("form", N_("the form, by its key or name"))
                                            .between(1, limits::kNameBytesMax)
                                            .needed()),
       .line = line,
       .answer = object({{"records", integer()}}),
       .run = run_by(engine, export_records)});
  std::vector<Argument> listed =
      narrowing_arguments(argument::text("form", N_("only of this form")));
  listed.push_back(
      argument::flag("waiting", N_("only what headquarters has not acknowledged yet")));
  listed.push_back(page_limit_argument());
  listed.push_back(argument::record("after", N_("only what follows this record: the last "
                                                "one of the page before")));
  listed.push_back(cursor_argument());
  listed.push_back(argument::flag(
      "sums", N_("also what all of them come to, added up as the reports do: with the first page, "
                 "and of 200,000 at most")));
  table.add({.name = "records.list",
             .help = N_("the records, merged"),
             .arguments = std::move(listed),
             .line = std::move(line),
             .answer = object({{"records", integer()},
                               {"of", integer()},
                               sometimes("at_least", flag()),
                               sometimes("sums", sums_shape()),
                               next_member()}),
             .run = run_by(engine, list_all_records)});
}

}  // namespace sitelog
