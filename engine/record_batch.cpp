#include "engine/record_batch.hpp"

#include <chrono>

#include "campaign/json_line.hpp"
#include "campaign/names.hpp"
#include "campaign/record_sheet.hpp"
#include "campaign/text.hpp"
#include "engine/known_units.hpp"
#include "engine/operation_parts.hpp"
#include "engine/own_place.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// One line of a batch: JSON text, or the cells of a sheet's row.
struct Line {
  int64_t number = 0;
  std::string text;
  std::optional<std::vector<std::string>> cells;
  bool too_long = false;

  size_t bytes() const {
    size_t out = text.size();
    for (const std::string& cell : cells.value_or(std::vector<std::string>{})) out += cell.size();
    return out;
  }
};

// What a line comes to before the store is asked: a record that can be saved, one that it says is
// here, or what is told of it whatever is here.
struct CheckedLine {
  int64_t number = 0;
  json::object told = {};
  std::optional<CheckedRecord> record = {};
  std::string explanation = {};
  std::optional<SheetRecord> saved = {};
  std::vector<FoundRecord> found = {};  // that it may mean
};

// Nothing where the value is not a line: what feeds the operation is a program.
std::optional<Line> read_line(const json::value& value) {
  const json::object* in = value.if_object();
  const json::value* number = in != nullptr ? in->if_contains("line") : nullptr;
  if (number == nullptr || !number->is_int64()) return std::nullopt;
  Line out;
  out.number = number->get_int64();
  const json::value* text = in->if_contains("text");
  const json::value* cells = in->if_contains("cells");
  const json::value* too_long = in->if_contains("too_long");
  if (text != nullptr && text->is_string()) {
    out.text = text->get_string();
  } else if (cells != nullptr && cells->is_array()) {
    out.cells.emplace();
    for (const json::value& cell : cells->get_array()) {
      if (!cell.is_string()) return std::nullopt;
      out.cells->emplace_back(cell.get_string());
    }
  } else if (too_long != nullptr && too_long->is_bool() && too_long->get_bool()) {
    out.too_long = true;
  } else {
    return std::nullopt;
  }
  return out;
}

// A line of an export, whose columns beside the fields are told by their keys.
SheetRecord exported_row(RawInput input) {
  SheetRecord out;
  const auto take = [&](std::string_view key, std::string& to) {
    const auto found = input.find(std::string(key));
    if (found != input.end() && found->second.is_string()) {
      to = trimmed(std::string_view(found->second.get_string()));
    }
  };
  take(kColumnRecord, out.record);
  take(kColumnUnit, out.unit);
  take(kColumnVoid, out.void_reason);
  take(kColumnExplanation, out.explanation);
  std::erase_if(input, [](const auto& each) {
    const bool told = each.second.is_string() || each.second.is_bool();
    return told && label_of_column(each.first) != nullptr;
  });
  out.input = std::move(input);
  return out;
}

json::object line_error(int64_t number, const DetailedRefusal& refusal) {
  return {{"line", number}, {"error", to_json(refusal)}};
}

json::object line_error(int64_t number, const std::vector<FieldProblem>& problems) {
  return line_error(number, DetailedRefusal(problems.front().refusal, problems));
}

json::object line_same(int64_t number, const RecordedSame& same) {
  json::object what{{"record", same.record.hex()}, {"person", same.person}, {"wall", same.when.ms}};
  if (same.voided) what["void"] = *same.voided;
  if (same.changed) what["changed"] = true;
  return {{"line", number}, {"same", std::move(what)}};
}

Refusal too_many_lines(size_t most) {
  return {Reason::kTooLarge,
          N_("at most {} lines are saved whole or not at all: nothing was saved; split the file"),
          {std::to_string(most)}};
}

Refusal no_campaign() {
  return {Reason::kUnknownCampaign, N_("no campaign is published here yet"), {}};
}

// Saves the lines of one asking. What its form takes is worked out beside all writing; the store is
// asked what is there already, and writes, in transactions of bounded time: others wait for each.
class RecordBatch {
 public:
  RecordBatch(Engine& engine, const OperationCall& call, BookCode book, std::string campaign)
      : engine_(engine),
        call_(call),
        book_(std::move(book)),
        campaign_(std::move(campaign)),
        again_(call.args.flag("again")),
        before_(book_) {}

  OperationAnswer run() {
    const bool whole = call_.args.flag("all_or_nothing");
    for (bool first = true;; first = false) {
      auto lines = whole ? take_all() : take_lines(kLinesInOneCommit, kLineBytesInOneCommit);
      if (!lines) return lines.refusal();
      if (lines->empty()) break;
      if (first) {
        if (const auto meant = find_the_form(); !meant) return meant.refusal();
      }
      if (first && lines->front().cells) {
        if (auto found = find_columns(*lines); !found) return found.refusal();
      }
      if (auto saved = save(*lines, whole); !saved) return saved.refusal();
      if (whole) break;
    }
    json::object out{
        {"saved", saved_}, {"refused", refused_}, {"same", same_}, {"passed", passed_}};
    if (whole && refused_ > 0) out["held_back"] = held_back_;
    if (saved_ > 0) {
      const auto place =
          engine_.call([&](Store& store, const auto&) { return own_place(engine_, store); });
      for (const auto& [name, value] : place) out[name] = value;
    }
    return out;
  }

 private:
  using Clock = std::chrono::steady_clock;

  // Units wait for each other at headquarters; at a site its own people alone.
  bool among_units() const { return engine_.identity().unit().empty(); }

  Result<std::vector<Line>> take_lines(size_t most, size_t bytes_most) {
    std::vector<Line> out;
    bytes_taken_ = 0;
    while (out.size() < most && bytes_taken_ < bytes_most) {
      const auto input = call_.io.next_input();
      if (!input) break;
      auto line = read_line(*input);
      if (!line) {
        return Refusal{
            Reason::kMalformed,
            N_("what is to be saved is given line by line, each with its number; {} were "
               "saved before this"),
            {std::to_string(saved_)}};
      }
      bytes_taken_ += line->bytes();
      out.push_back(*std::move(line));
    }
    return out;
  }

  // Lines that are saved whole or not at all.
  Result<std::vector<Line>> take_all() {
    if (!among_units()) {
      auto out = take_lines(kLinesAllOrNothingMax + 1, SIZE_MAX);
      if (out && out->size() > kLinesAllOrNothingMax) return too_many_lines(kLinesAllOrNothingMax);
      return out;
    }
    auto out = take_lines(kLinesWholeAmongUnitsMax + 1, kLineBytesWholeAmongUnitsMax + 1);
    if (!out) return out;
    const bool too_many = out->size() > kLinesWholeAmongUnitsMax;
    if (too_many || bytes_taken_ > kLineBytesWholeAmongUnitsMax) return too_much_at_once();
    return out;
  }

  static Refusal too_much_at_once() {
    return {Reason::kTooLarge,
            N_("what is saved whole or not at all, all units wait for: at most {} lines, {} bytes "
               "and {} values. Nothing was saved; give it in parts, or without all_or_nothing"),
            {std::to_string(kLinesWholeAmongUnitsMax), std::to_string(kLineBytesWholeAmongUnitsMax),
             std::to_string(kValuesWholeAmongUnitsMax)}};
  }

  // Told once, before any line, and not with each of them.
  Result<> find_the_form() {
    return engine_.call([&](Store&, const CampaignCatalogue& catalogue) -> Result<> {
      auto key = form_meant(catalogue, campaign_, call_.args.text("form"));
      if (!key) return key.refusal();
      form_ = *std::move(key);
      take_definition(catalogue);
      return definition_ ? Result<>(Done{}) : Result<>(definition_.refusal());
    });
  }

  // The campaign as it is now, to be read beside all writing.
  void take_definition(const CampaignCatalogue& catalogue) {
    definition_ = campaign_as_it_is(catalogue, campaign_, form_);
  }
  bool is_in_force(const CampaignCatalogue& catalogue) const {
    if (!definition_) return false;
    const Definition* now = catalogue.campaign((*definition_)->id);
    return now != nullptr && now->digest == (*definition_)->digest;
  }

  // The columns that the first rows name, of the form as it is published now.
  Answer<Done> find_columns(const std::vector<Line>& lines) {
    static_assert(kLinesInOneCommit >= kHeaderRowsMax);
    std::vector<SheetRow> rows;
    for (const Line& line : lines) {
      if (rows.size() == kHeaderRowsMax) break;
      const auto number = static_cast<size_t>(std::max<int64_t>(line.number, 0));
      rows.push_back({number, number, line.cells.value_or(std::vector<std::string>{})});
    }
    const Form* form = (*definition_)->form(form_);
    SITELOG_ASSERT(form != nullptr);
    auto found = RecordSheet::find(*form, rows, call_.args.flag("ignore_columns"));
    if (!found) return found.refusal();
    sheet_ = *std::move(found);
    if (!sheet_->ignored().empty()) {
      json::array names(sheet_->ignored().begin(), sheet_->ignored().end());
      call_.io.line(
          {{"line", static_cast<int64_t>(sheet_->header())}, {"ignored", std::move(names)}});
    }
    return Done{};
  }

  Result<> save(const std::vector<Line>& lines, bool whole) {
    const Author author = Speaker(engine_, call_).at(book_);
    std::vector<CheckedLine> checked = check(lines, author);
    read_what_is_there();
    if (whole && among_units() && values_of(checked) > kValuesWholeAmongUnitsMax) {
      return too_much_at_once();
    }
    std::vector<json::object> outcomes;
    if (!whole) {
      for (size_t at = 0; at < checked.size();)
        at = save_some(lines, checked, at, author, outcomes);
    }
    while (whole) {
      outcomes = what_is_wrong(checked, author);
      if (!outcomes.empty() || save_whole(checked, author, outcomes)) break;
      checked = check(lines, author);
    }
    for (const json::object& outcome : outcomes) tell(outcome);
    call_.io.progress({{"saved", saved_}, {"recorded before", same_}, {"not saved", refused_}});
    return Done{};
  }

  static size_t values_of(const std::vector<CheckedLine>& lines) {
    size_t out = 0;
    for (const CheckedLine& line : lines) {
      if (line.record) out += line.record->checked.values.size();
      if (line.saved) out += line.saved->input.size();
    }
    return out;
  }

  // So that the transactions which save find little that they don't know.
  void read_what_is_there() {
    if (again_ || !definition_) return;
    engine_.read([&](const Queries& queries) {
      before_.look(queries, form_);
      return Done{};
    });
    const auto read = [&](Store& store, const CampaignCatalogue& catalogue) {
      return !is_in_force(catalogue) ||
             before_.read_versions(store, **definition_, form_, Clock::now() + kTimeInOneCommit);
    };
    while (!engine_.call(read)) continue;
  }

  // As many as fit into one commit, from `at` on; where the next ones begin. Nothing is done where
  // the campaign was published anew since they were checked: they are checked again.
  size_t save_some(const std::vector<Line>& lines, std::vector<CheckedLine>& checked, size_t at,
                   const Author& author, std::vector<json::object>& outcomes) {
    const bool current = engine_.call([&](Store& store, const CampaignCatalogue& catalogue) {
      if (!is_current(catalogue)) return false;
      before_.look(store, form_);
      const auto until = Clock::now() + kTimeInOneCommit;
      do {
        outcomes.push_back(settle(store, catalogue, checked[at++], author, true));
      } while (at < checked.size() && Clock::now() < until);
      return true;
    });
    if (!current) checked = check(lines, author);
    return at;
  }

  // Whether what was checked holds still; else it is to be checked again, by the campaign as it is
  // from now on.
  bool is_current(const CampaignCatalogue& catalogue) {
    if (is_in_force(catalogue)) return true;
    const bool was_there = bool(definition_);
    take_definition(catalogue);
    return !was_there && !definition_;  // each line says why not
  }

  // What stands in the way of lines that are saved whole or not at all: found in parts, as nothing
  // is written. Empty where nothing does.
  std::vector<json::object> what_is_wrong(std::vector<CheckedLine>& checked, const Author& author) {
    std::vector<json::object> out;
    int64_t right = 0, before = 0;
    for (size_t at = 0; at < checked.size();) {
      engine_.call([&](Store& store, const CampaignCatalogue& catalogue) {
        before_.look(store, form_);
        const auto until = Clock::now() + kTimeInOneCommit;
        do {
          CheckedLine& line = checked[at++];
          json::object outcome = settle(store, catalogue, line, author, false);
          // It says of a record what that says: nothing will be written.
          if (line.saved && !outcome.contains("error")) {
            line.told = outcome;
            line.saved.reset();
          }
          count(std::move(outcome), out, right, before);
        } while (at < checked.size() && Clock::now() < until);
        return Done{};
      });
    }
    if (!out.empty()) {
      held_back_ = right;
      same_ += before;
    }
    return out;
  }

  static void count(json::object outcome, std::vector<json::object>& wrong, int64_t& right,
                    int64_t& before) {
    if (outcome.contains("error")) {
      wrong.push_back(std::move(outcome));
    } else if (outcome.contains("same")) {
      ++before;
    } else if (!outcome.empty() && !outcome.contains("totals")) {
      ++right;
    }
  }

  // All in one transaction; what is there already is asked once more, as others may have written.
  // False where they are to be checked again.
  bool save_whole(const std::vector<CheckedLine>& checked, const Author& author,
                  std::vector<json::object>& outcomes) {
    return engine_.call([&](Store& store, const CampaignCatalogue& catalogue) {
      if (!is_current(catalogue)) return false;
      before_.look(store, form_);
      for (const CheckedLine& line : checked) {
        outcomes.push_back(settle(store, catalogue, line, author, true));
      }
      return true;
    });
  }

  void tell(const json::object& outcome) {
    if (outcome.contains("error")) {
      ++refused_;
    } else if (outcome.contains("same")) {
      ++same_;
    } else if (outcome.contains("record")) {
      ++saved_;
    } else if (outcome.contains("totals")) {
      ++passed_;
    } else {
      return;  // a row without anything, or above the columns' names
    }
    call_.io.line(outcome);
  }

  std::vector<CheckedLine> check(const std::vector<Line>& lines, const Author& author) {
    const std::string unit_name = engine_.read(
        [&](const Queries& queries) { return KnownUnits(engine_, queries).name(book_); });
    std::vector<CheckedLine> out;
    out.reserve(lines.size());
    for (const Line& line : lines) out.push_back(check(line, unit_name, author));
    return out;
  }

  CheckedLine check(const Line& line, const std::string& unit_name, const Author& author) {
    const auto wrong = [&](const auto& why) {
      return CheckedLine{line.number, line_error(line.number, why)};
    };
    if (line.too_long || line.text.size() > kBatchLineBytesMax) {
      return wrong(Refusal{Reason::kTooLarge,
                           N_("what is to be saved at once is longer than {} bytes"),
                           {std::to_string(kBatchLineBytesMax)}});
    }
    if (line.cells.has_value() != sheet_.has_value()) {
      return wrong(Refusal{Reason::kMalformed, N_("the line is not a JSON object"), {}});
    }
    if (!line.cells) {
      const auto parsed = parse_json_line(line.text);
      if (!parsed) return wrong(parsed.refusal());
      return check_row(line.number, exported_row(raw_input(*parsed)), unit_name, author);
    }
    const auto number = static_cast<size_t>(std::max<int64_t>(line.number, 0));
    if (number <= sheet_->header()) return {line.number};
    SheetRecord row = sheet_->read({number, number, *line.cells});
    if (row.kind == SheetRecord::Kind::kBlank) return {line.number};
    if (row.kind == SheetRecord::Kind::kTotals) {
      return {line.number, {{"line", line.number}, {"totals", true}}};
    }
    if (!row.problems.empty()) return wrong(row.problems);
    return check_row(line.number, std::move(row), unit_name, author);
  }

  CheckedLine check_row(int64_t number, SheetRecord row, const std::string& unit_name,
                        const Author& author) {
    const auto wrong = [&](const auto& why) {
      return CheckedLine{number, line_error(number, why)};
    };
    // What an export says of another unit's record, or of a voided one, is no new event here.
    if (!row.unit.empty() && row.unit != book_) {
      return wrong(Refusal{Reason::kInvalidValue,
                           N_("the row says that it is of unit {}, and these are records of {}: "
                              "clear that cell (_unit) to save the row as a new record here"),
                           {shortened(row.unit, 64), book_}});
    }
    CheckedLine out{number};
    if (!row.record.empty()) {
      // Another campaign's records are not told to whom they don't concern.
      Within within;
      if (!call_.caller.scope.parts.empty()) within = {{{book_}, campaign_}};
      out.found = engine_.read([&](const Queries& queries) {
        return queries.find_records({{book_}, form_, row.record, within}, 2);
      });
      out.saved = std::move(row);
      return out;
    }
    if (!row.void_reason.empty()) {
      return wrong(Refusal{Reason::kInvalidValue,
                           N_("the row says that its record was voided ({}): leave the row out, or "
                              "clear that cell (_void) to save it as a new record"),
                           {shortened(row.void_reason, 64)}});
    }
    if (!definition_) return wrong(definition_.refusal());
    NewRecord record{campaign_, form_, std::move(row.input), std::move(row.explanation), unit_name};
    auto checked = check_record(**definition_, record, author);
    if (!checked) return wrong(checked.refusal());
    if (!checked->outcome.problems.empty()) return wrong(checked->outcome.problems);
    out.record = *std::move(checked);
    out.explanation = std::move(record.explanation);
    return out;
  }

  // What becomes of a line; with `write` false what would, without errors of no line but its own.
  json::object settle(Store& store, const CampaignCatalogue& catalogue, const CheckedLine& line,
                      const Author& author, bool write) {
    if (line.saved) return compare(store, catalogue, line, author);
    if (!line.record) return line.told;
    const auto saved = save_checked(store, **definition_, book_, *line.record, author,
                                    again_ ? nullptr : &before_, write);
    if (!saved) return line_error(line.number, saved.refusal());
    if (saved->same) {
      json::object same = line_same(line.number, *saved->same);
      json::object& told = same.at("same").as_object();
      const auto twin = lines_.find(saved->same->record);
      if (twin != lines_.end()) told["as_line"] = twin->second;
      if (!saved->same->voided && !saved->same->changed) {
        const auto notice = explain(store, catalogue, *saved, author, write, told);
        if (notice) same["notices"] = json::array{notice_json(*notice)};
      }
      return same;
    }
    if (write) lines_.emplace(saved->record, line.number);
    json::object out{{"line", line.number}};
    for (auto& [name, value] : saved_json(*saved)) out[name] = value;
    if (saved->explanation_unused) out["explanation_unused"] = line.explanation;
    return out;
  }

  // The explanations that a row gives of a record which says the same, and lacks them; what else is
  // to be known of that.
  std::optional<Refusal> explain(Store& store, const CampaignCatalogue& catalogue,
                                 const Saved& saved, const Author& author, bool write,
                                 json::object& told) {
    if (saved.explanations.empty()) return std::nullopt;
    const FoundRecord found{book_, saved.same->record, form_};
    const auto state = store.state(found.unit, found.record, found.form);
    if (!state) return std::nullopt;
    std::optional<Refusal> notice;
    RawInput missing;
    json::array added, other;
    for (const auto& [field, given] : saved.explanations) {
      const Value* shown = state->shown(field);
      const json::value name(field.substr(kExplainPrefix.size()));
      if (state->conflicts.contains(field)) {
        other.push_back(name);
      } else if (shown == nullptr || shown->is_cleared()) {
        missing.emplace(field, given);
        added.push_back(name);
      } else if (shown->text() == nullptr || *shown->text() != given.as_string()) {
        other.push_back(name);
      }
    }
    if (!missing.empty() && write) {
      const auto edited = save_edit(store, catalogue, found, missing, author, false);
      if (!edited || !edited->problems.empty()) {
        other.insert(other.end(), added.begin(), added.end());
        added.clear();
      } else {
        const auto now = seen_where_all_is_said_here(store, found);
        const SeenCodes codes(engine_.identity().key);
        notice = to_be_sent_again(engine_, *edited, now ? codes.code(*now) : std::string());
      }
    }
    if (!added.empty()) told["explained"] = std::move(added);
    if (!other.empty()) told["explained_otherwise"] = std::move(other);
    return notice;
  }

  // A row that names the record it is of, as exports do, is no new one.
  json::object compare(Store& store, const CampaignCatalogue& catalogue, const CheckedLine& line,
                       const Author& author) {
    const int64_t number = line.number;
    const SheetRecord& row = *line.saved;
    if (line.found.size() != 1) {
      return line_error(number,
                        Refusal{Reason::kUnknownRecord,
                                N_("the row says that it is of record {}, which is not here: clear "
                                   "that cell to save the row as a new record"),
                                {row.record}});
    }
    const FoundRecord& found = line.found.front();
    const auto compared = compare_record(store, catalogue, found, row.input, author);
    if (!compared) return line_error(number, compared.refusal());
    if (!compared->problems.empty()) return line_error(number, compared->problems);
    if (compared->differing.empty()) return line_same(number, {found.record, {}, {}});
    std::vector<FieldProblem> problems;
    for (const std::string& field : compared->differing) {
      problems.push_back({field,
                          {Reason::kInvalidValue,
                           N_("record {} says something else here: change it with “edit”, or clear "
                              "the row's record "
                              "to save it as a new one"),
                           {found.record.hex()}}});
    }
    return line_error(number, problems);
  }

  Engine& engine_;
  const OperationCall& call_;
  const BookCode book_;
  const std::string campaign_;  // as it was given, or settled for who records for some only
  const bool again_;
  std::string form_;  // its key
  Result<std::shared_ptr<const Definition>> definition_ = no_campaign();
  size_t bytes_taken_ = 0;  // of the lines at hand
  RecordedBefore before_;
  std::map<RecordId, int64_t> lines_;  // that were saved, by their records
  std::optional<RecordSheet> sheet_;
  int64_t saved_ = 0, refused_ = 0, same_ = 0, passed_ = 0;
  int64_t held_back_ = 0;  // right, and not saved as others are wrong
};

}  // namespace

OperationAnswer save_batch(Engine& engine, const OperationCall& call, const BookCode& book,
                           const std::string& campaign) {
  return RecordBatch(engine, call, book, campaign).run();
}

}  // namespace sitelog
