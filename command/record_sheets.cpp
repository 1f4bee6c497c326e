#include "command/record_sheets.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "campaign/names.hpp"
#include "campaign/record_sheet.hpp"
#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/output_file.hpp"
#include "command/presentation.hpp"
#include "command/terminal/language.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::string explains(std::string_view field) {
  return std::string(kExplainPrefix) + std::string(field);
}

std::string label_in(std::string_view key, Language language) {
  const Label* label = label_of_column(key);
  return label != nullptr ? label->in(language) : std::string(key);
}

// What is asked of a field, in words.
std::string hint_of(const json::object& field, Language language) {
  std::vector<std::string> parts;
  const std::string type = text_in(field, "type");
  if (flag_in(field, "required")) parts.emplace_back(tr(language, N_("must be filled in")));
  if (type == "date") parts.emplace_back(tr(language, N_("a day, like 2020-06-01")));
  if (type == "list") parts.emplace_back(tr(language, N_("several are parted by 、")));
  if (type == "choice") parts.emplace_back(tr(language, N_("choose from the list")));
  if (type == "integer") {
    parts.push_back(fill(tr(language, N_("a whole number from {} to {}")),
                         {std::to_string(number_in(field, "min").value_or(0)),
                          std::to_string(number_in(field, "max").value_or(0))}));
  }
  if (const auto most = number_in(field, "length_max"); most && type.find("text") != type.npos) {
    parts.push_back(fill(tr(language, N_("at most {} characters")), {std::to_string(*most)}));
  }
  return join(parts, tr(language, N_("; ")));
}

// The key, kept under `member`, of the one of these that is called `given`; empty where none is.
Result<std::string> key_called(const std::vector<json::object>& lines, const char* member,
                               const std::string& given) {
  std::vector<std::array<std::string, 3>> names;
  for (const json::object& line : lines) {
    names.push_back({text_in(line, member), text_in(line, "zh"), text_in(line, "en")});
  }
  std::vector<Named> among;
  for (const auto& [key, zh, en] : names) among.push_back({key, zh, en});
  const auto at = meant(given, among);
  if (!at) return at.refusal();
  return *at ? names[**at][0] : std::string();
}

// Of these campaigns the one whose form is meant. Refuses where none has it, or several and none is
// named.
Result<RecordSheetMaker> find_form(Front& front, const std::vector<json::object>& campaigns,
                                   const std::string& campaign, const std::string& form,
                                   std::string& found) {
  const auto wanted = campaign.empty() ? Result<std::string>(std::string())
                                       : key_called(campaigns, "campaign", campaign);
  if (!wanted) return wanted.refusal();
  std::vector<std::array<std::string, 3>> having;
  std::optional<RecordSheetMaker> maker;
  for (const json::object& each : campaigns) {
    const std::string id = text_in(each, "campaign");
    if (!campaign.empty() && id != *wanted) continue;
    std::vector<json::object> forms;
    for (const auto& line : array_in(each, "forms")) forms.push_back(line.as_object());
    const auto key = key_called(forms, "form", form);
    if (!key) return key.refusal();
    auto made = RecordSheetMaker::of(each, *key, front.language());
    if (!made) continue;
    having.push_back({id, text_in(each, "zh"), text_in(each, "en")});
    maker = std::move(made);
    found = id;
  }
  if (having.empty()) {
    return Refusal{Reason::kUnknownForm,
                   N_("no campaign that is known here has a form {}{}"),
                   {form, campaign.empty() ? "" : " (" + campaign + ")"}};
  }
  if (having.size() > 1) {
    std::vector<Named> names;
    for (const auto& [id, zh, en] : having) names.push_back({id, zh, en});
    return which_campaign(form, names);
  }
  return *std::move(maker);
}

// Among those in force; where none of them is meant, and `withdrawn` ones will do, among those.
Result<RecordSheetMaker> find_form(Front& front, Output& out, const std::string& campaign,
                                   const std::string& form, bool withdrawn, std::string& found) {
  std::vector<json::object> in_force, gone;
  const auto told =
      front.ask_owner(out, {.operation = "campaigns.list",
                            .args = {{"withdrawn", withdrawn}},
                            .on_line =
                                [&](const json::object& line) {
                                  (flag_in(line, "withdrawn") ? gone : in_force).push_back(line);
                                },
                            .raw_lines = false});
  if (!told) return Refusal(told.refusal());
  auto maker = find_form(front, in_force, campaign, form, found);
  if (maker || maker.refusal().reason != Reason::kUnknownForm) return maker;
  auto of_those = find_form(front, gone, campaign, form, found);
  return of_those || of_those.refusal().reason != Reason::kUnknownForm ? of_those : maker;
}

std::string extension_of(const std::string& file) {
  return lower(std::filesystem::path(file).extension().string());
}

int write_file(Output& out, const OutputFile& file, const std::string& content) {
  if (const auto written = write_output_file(file, content); !written) {
    return out.refused(written.refusal());
  }
  out.note(fill(tr("Written to {}"), {file.path}));
  return kExitDone;
}

int write_sheet(Output& out, const OutputFile& file, const RecordTable& table) {
  if (extension_of(file.path) != ".xlsx") return write_file(out, file, render_records_csv(table));
  const auto workbook = render_records_xlsx(table);
  if (!workbook) return out.refused(workbook.refusal());
  return write_file(out, file, *workbook);
}

std::optional<Refusal> refuse_file(const OutputFile& file, bool lines_too) {
  const std::string extension = extension_of(file.path);
  const bool lines = extension == ".jsonl" || extension == ".ndjson";
  if (extension == ".xlsx" || extension == ".csv" || (lines && lines_too)) {
    const auto free = check_output_file(file);
    return free ? std::nullopt : std::optional(free.refusal());
  }
  return Refusal{Reason::kUsage,
                 N_("the file's name says what is written: {} ends in none of: {}"),
                 {file.path, lines_too ? ".xlsx, .csv, .jsonl" : ".xlsx, .csv"}};
}

}  // namespace

std::optional<RecordSheetMaker> RecordSheetMaker::of(const json::object& campaign,
                                                     const std::string& form, Language language) {
  const std::string words(name_of(language));
  for (const auto& each : array_in(campaign, "forms")) {
    if (text_in(each.as_object(), "form") != form) continue;
    RecordSheetMaker out;
    out.language_ = language;
    out.title_ = text_in(campaign, words);
    out.by_stations_ = !array_in(each.as_object(), "stations").empty();
    for (const auto& item : array_in(each.as_object(), "fields")) {
      const json::object& field = item.as_object();
      const std::string type = text_in(field, "type");
      RecordColumn column;
      column.key = text_in(field, "name");
      column.label = text_in(field, words);
      column.hint = hint_of(field, language);
      column.required = flag_in(field, "required") && !field.contains("default");
      if (type == "integer") {
        column.what = RecordColumn::What::kInteger;
        column.min = number_in(field, "min");
        column.max = number_in(field, "max");
      } else if (type == "date") {
        column.what = RecordColumn::What::kDate;
      } else if (type == "flag") {
        column.what = RecordColumn::What::kChoice;
        column.choices = {"是", "否"};
      } else if (type == "choice") {
        column.what = RecordColumn::What::kChoice;
        // A label that two choices share, or that is another's key, says nothing: then the key.
        std::map<std::string, size_t> times;
        const json::array& choices = array_in(field, "choices");
        for (const auto& choice : choices) {
          ++times[lower(text_in(choice.as_object(), words))];
          ++times[text_in(choice.as_object(), "value")];
        }
        for (const auto& choice : choices) {
          const std::string key = text_in(choice.as_object(), "value");
          const std::string label = text_in(choice.as_object(), words);
          column.choices.push_back(times[lower(label)] == 1 ? label : key);
          out.words_[{column.key, key}] = column.choices.back();
        }
      }
      out.columns_.push_back(std::move(column));
    }
    return out;
  }
  return std::nullopt;
}

RecordColumn RecordSheetMaker::explanation_column(const std::string& field) const {
  RecordColumn out;
  if (field.empty()) {
    out.key = kColumnExplanation;
    out.label = label_in(kColumnExplanation, language_);
    out.hint = tr(language_, N_("why an unusual value in this row is right"));
    return out;
  }
  out.key = explains(field);
  for (const RecordColumn& column : columns_) {
    if (column.key == field)
      out.label = label_in(kColumnExplanation, language_) + ":" + column.label;
  }
  return out;
}

RecordTable RecordSheetMaker::empty() const {
  RecordTable out{title_, columns_, {}};
  out.columns.push_back(explanation_column({}));
  return out;
}

std::string RecordSheetMaker::cell(const std::string& field, const json::value& value) const {
  if (value.is_string()) {
    const std::string text(value.get_string());
    const auto word = words_.find({field, text});
    return word != words_.end() ? word->second : text;
  }
  if (value.is_bool()) return value.get_bool() ? "是" : "否";
  if (value.is_array()) {
    std::vector<std::string> items;
    for (const auto& item : value.get_array()) {
      if (item.is_string()) items.emplace_back(item.get_string());
    }
    return join(items, kListMark);
  }
  return value.is_null() ? std::string() : json::serialize(value);
}

void RecordSheetMaker::take_more(const json::object& record, More& more) const {
  // What an earlier version asked for is there by its key alone.
  const auto has_column = [&](std::string_view field) {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const RecordColumn& column) { return column.key == field; });
  };
  for (const auto& [field, value] : object_in(record, "fields")) {
    if (!has_column(field)) more.former.emplace(field);
  }
  for (const auto& [field, text] : object_in(record, "explanations")) more.explained.emplace(field);
  more.waiting = more.waiting || object_in(record, "review").contains("waiting");
}

std::vector<RecordColumn> RecordSheetMaker::columns(const More& more) const {
  std::vector<RecordColumn> out;
  const auto add_named = [&](std::string_view key) {
    RecordColumn column;
    column.key = key;
    column.label = label_in(key, language_);
    out.push_back(std::move(column));
  };
  add_named(kColumnRecord);
  add_named(kColumnUnit);
  add_named(kColumnUnitName);
  out.insert(out.end(), columns_.begin(), columns_.end());
  for (const std::string& field : more.former) {
    RecordColumn column;
    column.key = column.label = field;
    out.push_back(std::move(column));
  }
  for (const std::string& field : more.explained) out.push_back(explanation_column(field));
  add_named(kColumnReview);
  if (more.waiting) add_named(kColumnWaiting);
  add_named(kColumnVoid);
  add_named(kColumnPerson);
  return out;
}

namespace {

// ROLE, or ROLE@UNIT; empty where it waits nowhere.
std::string waiting_at(const json::object& record) {
  const json::object& station = object_in(object_in(record, "review"), "waiting");
  const std::string unit = text_in(station, "unit");
  return text_in(station, "role") + (unit.empty() ? "" : "@" + unit);
}

}  // namespace

std::string RecordSheetMaker::cell(const json::object& record, const RecordColumn& column) const {
  if (column.key == kColumnRecord) return text_in(record, "record");
  if (column.key == kColumnUnit) return text_in(record, "unit");
  if (column.key == kColumnUnitName) return text_in(record, "unit_name");
  if (column.key == kColumnReview) {
    const json::object& review = object_in(record, "review");
    return review_word({parse_verdict(text_in(review, "state")).value_or(ReviewVerdict::kPending),
                        review.contains("waiting"), flag_in(review, "changed_since"),
                        !array_in(record, "conflicts").empty()});
  }
  if (column.key == kColumnWaiting) return waiting_at(record);
  if (column.key == kColumnVoid) return text_in(record, "void");
  if (column.key == kColumnPerson) return text_in(object_in(record, "created"), "person");
  if (column.key.starts_with(kExplainPrefix)) {
    return text_in(object_in(record, "explanations"), column.key.substr(kExplainPrefix.size()));
  }
  const json::value* value = object_in(record, "fields").if_contains(column.key);
  return value != nullptr ? cell(column.key, *value) : std::string();
}

std::string RecordSheetMaker::review_word(const ReviewTold& told) const {
  const bool unsent =
      by_stations_ && !told.waits && !told.changed_since && told.verdict == ReviewVerdict::kPending;
  const std::string state(name_of(told.verdict));
  std::string out = tr(language_, unsent ? kNotSentYet : state.c_str());
  if (told.changed_since) out = fill(tr(language_, kChangedSince), {out});
  return told.in_conflict ? fill(tr(language_, N_("{}, in conflict")), {out}) : out;
}

RecordTable RecordSheetMaker::of_records(const std::vector<json::object>& records) const {
  More more;
  for (const json::object& record : records) take_more(record, more);
  RecordTable out{title_, columns(more), {}};
  for (const json::object& record : records) {
    std::vector<std::string> row;
    for (const RecordColumn& column : out.columns) row.push_back(cell(record, column));
    out.rows.push_back(std::move(row));
  }
  return out;
}

json::object exported_line(const json::object& record) {
  json::object out{{kColumnRecord, text_in(record, "record")},
                   {kColumnUnit, text_in(record, "unit")},
                   {kColumnUnitName, text_in(record, "unit_name")}};
  for (const auto& [field, value] : object_in(record, "fields")) out[field] = value;
  for (const auto& [field, text] : object_in(record, "explanations")) out[explains(field)] = text;
  out[kColumnReview] = text_in(object_in(record, "review"), "state");
  if (flag_in(object_in(record, "review"), "changed_since")) out[kColumnChanged] = true;
  if (!array_in(record, "conflicts").empty()) out[kColumnConflict] = true;
  if (const auto at = waiting_at(record); !at.empty()) out[kColumnWaiting] = at;
  if (record.contains("void")) out[kColumnVoid] = text_in(record, "void");
  out[kColumnPerson] = text_in(object_in(record, "created"), "person");
  return out;
}

void add_template_command(Front& front) {
  const bool records_here = front.app().get_name() == "sitelog";
  struct Wanted {
    std::string form, campaign;
    OutputFile output;
  };
  auto wanted = std::make_shared<Wanted>();
  auto* command = front.command(
      nullptr, "template",
      records_here ? N_("a sheet to be filled in, which “record FORM --from” reads again")
                   : N_("a sheet to be filled in, which sites read again with “sitelog record FORM "
                        "--from”"),
      front.app().get_name() + " template event --output 活动登记表.xlsx");
  command->add_option("form", wanted->form, tr("the form, by its key or name"))->required();
  command->add_option("--campaign", wanted->campaign,
                      tr("the campaign, where several have the form"));
  add_output_options(*command, {wanted, &wanted->output}, tr("write to this file: .xlsx or .csv"))
      ->required();
  front.act(command, [&front, wanted](Output& out) {
    if (const auto refused = refuse_file(wanted->output, false)) return out.refused(*refused);
    std::string campaign;
    const auto maker = find_form(front, out, wanted->campaign, wanted->form, false, campaign);
    if (!maker) return out.refused(maker.refusal());
    return write_sheet(out, wanted->output, maker->empty());
  });
}

void add_export_command(Front& front, CLI::App* records, const std::string& example,
                        bool with_unit) {
  auto output = std::make_shared<OutputFile>();
  auto* command = front.command(records, "export", N_("write the records to a file"), example);
  const auto options = front.options(command, "records.export");
  options->positional("form");
  if (with_unit) options->option("unit");
  for (const char* name : {"campaign", "review", "station", "changed", "conflicts", "unexplained",
                           "from", "to", "kind", "level", "state", "by", "device", "text"}) {
    options->option(name);
  }
  options->option("changed_since");
  add_output_options(*command, output, tr("write to this file: .xlsx, .csv or .jsonl"))->required();
  front.act(command, [&front, options, output](Output& out) {
    if (const auto refused = refuse_file(*output, true)) return out.refused(*refused);
    auto args = options->given();
    if (!args) return out.refused(args.refusal());
    std::string campaign;
    const auto maker =
        find_form(front, out, text_in(*args, "campaign"), text_in(*args, "form"), true, campaign);
    if (!maker) return out.refused(maker.refusal());
    (*args)["campaign"] = campaign;
    std::vector<json::object> lines;
    const auto done =
        front.ask_owner(out, {.operation = "records.export",
                              .args = *std::move(args),
                              .on_line = [&](const json::object& line) { lines.push_back(line); },
                              .raw_lines = false});
    if (!done) return out.refused(done.refusal());
    out.note(
        fill(tr("{} records; whoever has the file can read all they say, telephone numbers too"),
             {std::to_string(lines.size())}));
    const std::string extension = extension_of(output->path);
    if (extension == ".xlsx" || extension == ".csv") {
      return write_sheet(out, *output, maker->of_records(lines));
    }
    std::string content;
    for (const json::object& line : lines) content += json::serialize(exported_line(line)) + "\n";
    return write_file(out, *output, content);
  });
}

}  // namespace sitelog
