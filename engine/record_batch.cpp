#include "engine/record_batch.hpp"

#include "campaign/json_line.hpp"
#include "campaign/names.hpp"
#include "campaign/record_sheet.hpp"
#include "campaign/text.hpp"
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
    return each.second.is_string() && label_of_column(each.first) != nullptr;
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

// Saves the lines of one asking, in the transactions that they come in.
class RecordBatch {
 public:
  RecordBatch(Engine& engine, const OperationCall& call, BookCode book, std::string campaign)
      : engine_(engine),
        call_(call),
        book_(std::move(book)),
        campaign_(std::move(campaign)),
        before_(book_) {}

  OperationAnswer run() {
    const bool whole = call_.args.flag("all_or_nothing");
    const size_t at_once = whole ? kLinesAllOrNothingMax + 1 : kLinesInOneCommit;
    for (bool first = true;; first = false) {
      auto lines = take_lines(at_once);
      if (!lines) return lines.refusal();
      if (lines->empty()) break;
      if (whole && lines->size() == at_once) {
        return Refusal{Reason::kTooLarge,
                       N_("at most {} lines are saved whole or not at all: nothing was saved; "
                          "split the file"),
                       {std::to_string(kLinesAllOrNothingMax)}};
      }
      if (first) {
        if (const auto meant = find_the_form(); !meant) return meant.refusal();
      }
      if (first && lines->front().cells) {
        if (auto found = find_columns(*lines); !found) return found.refusal();
      }
      save(*lines, whole);
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
  Result<std::vector<Line>> take_lines(size_t most) {
    std::vector<Line> out;
    while (out.size() < most) {
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
      out.push_back(*std::move(line));
    }
    return out;
  }

  // Told once, before any line, and not with each of them.
  Result<> find_the_form() {
    return engine_.call([&](Store&, const CampaignCatalogue& catalogue) -> Result<> {
      auto key = form_meant(catalogue, campaign_, call_.args.text("form"));
      if (!key) return key.refusal();
      form_ = *std::move(key);
      return Done{};
    });
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
    auto found = engine_.call([&](Store&, const CampaignCatalogue& catalogue) {
      return columns_of(catalogue, campaign_, call_.args.text("form"), rows,
                        call_.args.flag("ignore_columns"));
    });
    if (!found) return found.refusal();
    sheet_ = *std::move(found);
    if (!sheet_->ignored().empty()) {
      json::array names(sheet_->ignored().begin(), sheet_->ignored().end());
      call_.io.line(
          {{"line", static_cast<int64_t>(sheet_->header())}, {"ignored", std::move(names)}});
    }
    return Done{};
  }

  void save(const std::vector<Line>& lines, bool whole) {
    const Author author = author_of(call_, engine_);
    const auto outcomes = engine_.call([&](Store& store, const CampaignCatalogue& catalogue) {
      unit_name_ = unit_name_in(store, book_);
      before_.look(store, form_);
      std::vector<json::object> out;
      bool good = true;
      int64_t right = 0, before = 0;
      for (size_t i = 0; whole && i < lines.size(); ++i) {
        json::object outcome = add(store, catalogue, lines[i], author, false);
        if (outcome.contains("error")) {
          out.push_back(std::move(outcome));
        } else if (outcome.contains("same")) {
          ++before;
        } else if (!outcome.empty() && !outcome.contains("totals")) {
          ++right;
        }
      }
      good = out.empty();
      if (!good) {
        held_back_ = right;
        same_ += before;
      }
      for (size_t i = 0; good && i < lines.size(); ++i) {
        out.push_back(add(store, catalogue, lines[i], author, true));
      }
      return out;
    });
    for (const json::object& outcome : outcomes) tell(outcome);
    call_.io.progress({{"saved", saved_}, {"recorded before", same_}, {"not saved", refused_}});
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

  // What becomes of a line; with `write` false what would, without errors of no line but its own.
  json::object add(Store& store, const CampaignCatalogue& catalogue, const Line& line,
                   const Author& author, bool write) {
    if (line.too_long || line.text.size() > kBatchLineBytesMax) {
      return line_error(line.number,
                        Refusal{Reason::kTooLarge,
                                N_("what is to be saved at once is longer than {} bytes"),
                                {std::to_string(kBatchLineBytesMax)}});
    }
    if (line.cells.has_value() != sheet_.has_value()) {
      return line_error(line.number,
                        Refusal{Reason::kMalformed, N_("the line is not a JSON object"), {}});
    }
    if (!line.cells) {
      const auto parsed = parse_json_line(line.text);
      if (!parsed) return line_error(line.number, parsed.refusal());
      return add_row(store, catalogue, line.number, exported_row(raw_input(*parsed)), author,
                     write);
    }
    const auto number = static_cast<size_t>(std::max<int64_t>(line.number, 0));
    if (number <= sheet_->header()) return {};
    SheetRecord row = sheet_->read({number, number, *line.cells});
    if (row.kind == SheetRecord::Kind::kBlank) return {};
    if (row.kind == SheetRecord::Kind::kTotals) return {{"line", line.number}, {"totals", true}};
    if (!row.problems.empty()) return line_error(line.number, row.problems);
    return add_row(store, catalogue, line.number, std::move(row), author, write);
  }

  json::object add_row(Store& store, const CampaignCatalogue& catalogue, int64_t number,
                       SheetRecord row, const Author& author, bool write) {
    // What an export says of another unit's record, or of a voided one, is no new event here.
    if (!row.unit.empty() && row.unit != book_) {
      return line_error(number, Refusal{Reason::kInvalidValue,
                                        N_("the row says that it is of unit {}, and these are "
                                           "records of {}: clear that cell (_unit) to save the "
                                           "row as a new record here"),
                                        {shortened(row.unit, 64), book_}});
    }
    if (!row.record.empty()) return compare(store, catalogue, number, row, author);
    if (!row.void_reason.empty()) {
      return line_error(
          number, Refusal{Reason::kInvalidValue,
                          N_("the row says that its record was voided ({}): leave the row out, or "
                             "clear that cell (_void) to save it as a new record"),
                          {shortened(row.void_reason, 64)}});
    }
    const NewRecord record{campaign_, form_, std::move(row.input), std::move(row.explanation),
                           unit_name_};
    return add(store, catalogue, number, record, author, write);
  }

  json::object add(Store& store, const CampaignCatalogue& catalogue, int64_t number,
                   const NewRecord& record, const Author& author, bool write) {
    RecordedBefore* before = call_.args.flag("again") ? nullptr : &before_;
    const auto saved = write ? save_record(store, catalogue, book_, record, author, before)
                             : check_record(store, catalogue, record, author, before);
    if (!saved) return line_error(number, saved.refusal());
    if (!saved->problems.empty()) return line_error(number, saved->problems);
    if (saved->same) {
      json::object same = line_same(number, *saved->same);
      json::object& told = same.at("same").as_object();
      const auto twin = lines_.find(saved->same->record);
      if (twin != lines_.end()) told["as_line"] = twin->second;
      if (!saved->same->voided && !saved->same->changed) {
        const auto notice = explain(store, catalogue, *saved, author, write, told);
        if (notice) same["notices"] = json::array{notice_json(*notice)};
      }
      return same;
    }
    if (write) lines_.emplace(saved->record, number);
    json::object out{{"line", number}};
    for (auto& [name, value] : saved_json(*saved)) out[name] = value;
    if (saved->explanation_unused) out["explanation_unused"] = record.explanation;
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
  json::object compare(Store& store, const CampaignCatalogue& catalogue, int64_t number,
                       const SheetRecord& row, const Author& author) {
    // Another campaign's records are not told to whom they don't concern.
    Within within;
    if (!call_.caller.scope.parts.empty()) within = {{{book_}, campaign_}};
    const auto all = store.queries().find_records({{book_}, form_, row.record, within}, 2);
    if (all.size() != 1) {
      return line_error(number,
                        Refusal{Reason::kUnknownRecord,
                                N_("the row says that it is of record {}, which is not here: clear "
                                   "that cell to save the row as a new record"),
                                {row.record}});
    }
    const FoundRecord& found = all.front();
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
  std::string form_;            // its key
  std::string unit_name_;       // as it is now
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
