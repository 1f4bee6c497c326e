// Recording: one event, or a file of them.
#include <csignal>
#include <limits>
#include <memory>

#include "campaign/text.hpp"
#include "client/site_commands.hpp"
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/place_text.hpp"
#include "command/record_file.hpp"
#include "command/terminal/language.hpp"
#include "engine/record_operations.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

volatile std::sig_atomic_t interrupted = 0;

// While it lives the first Ctrl-C lets the file end where it is; a second ends the process.
class Interruptible {
 public:
  Interruptible() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = SA_RESETHAND;
    ::sigaction(SIGINT, &action, &before_);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
  ~Interruptible() { ::sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

// Tells what becomes of each line of a file, and of the file.
class FileTeller {
 public:
  FileTeller(Output& out, const FormLabels& labels, bool all_or_nothing, bool verbose)
      : out_(out),
        labels_(labels),
        all_or_nothing_(all_or_nothing),
        most_(verbose ? std::numeric_limits<int64_t>::max() : kSameToldMax) {}

  void take(const json::object& line) {
    json::object shown = line;
    const std::string number = std::to_string(number_in(line, "line").value_or(0));
    if (auto* error = shown.if_contains("error")) {
      json::object& details = error->as_object();
      const std::string words = words_of(details);
      details["message"] = words;
      out_.note(fill(tr("line {}: not saved: {}"), {number, words}));
    }
    for (const auto& item : array_in(line, "warnings")) {
      const FieldProblem warning = problem_from(item.as_object());
      out_.note(fill(tr("line {}: saved; please explain {}: {}"),
                     {number, labels_.field(warning.field), message_of(warning.refusal)}));
    }
    if (const std::string command = explaining_command("sitelog", line); !command.empty()) {
      out_.note(fill(tr("line {}: its explanation is added by: {}"), {number, command}));
    }
    if (line.contains("same")) tell_same(number, object_in(line, "same"));
    for (const auto& notice : array_in(line, "notices")) {
      out_.note(fill(tr("line {}: {}"), {number, message_of(refusal_from(notice.as_object()))}));
    }
    if (line.contains("totals")) {
      out_.note(fill(tr("line {}: a row of totals, which is no record: passed over"), {number}));
    }
    if (line.contains("explanation_unused")) {
      out_.note(fill(tr("line {}: saved, but its explanation was not: nothing in it is unusual"),
                     {number}));
    }
    for (const auto& name : array_in(line, "ignored")) {
      out_.note(fill(tr("column {}: left out"), {std::string(name.as_string())}));
    }
    if (line.contains("record")) ++saved_;
    if (!line.contains("ignored")) last_ = number;
    out_.line(shown);
  }

  bool began() const { return saved_ > 0; }
  // Where it ended before its end: what stands, and that it may be run again.
  void tell_how_far(const char* why) {
    if (saved_ == 0) {
      out_.note(fill(tr("{}: nothing of the file was saved"), {why}));
      return;
    }
    out_.note(fill(tr("{}: {} records of the file are saved, up to line {}. Run the same command "
                      "again: what is saved already is passed over"),
                   {why, std::to_string(saved_), last_}));
  }

  int tell_end(const json::object& outcome) {
    const int64_t refused = number_in(outcome, "refused").value_or(0);
    const int64_t same = number_in(outcome, "same").value_or(0);
    if (refused > 0 && all_or_nothing_) {
      const int64_t held_back = number_in(outcome, "held_back").value_or(0);
      out_.text(fill(tr("None of the {} records was saved, as asked: {} have faults. Correct these "
                        "lines and run the file again."),
                     {std::to_string(refused + held_back), std::to_string(refused)}));
      if (same > 0) {
        out_.text(fill(tr("{} more lines of the file were recorded before: those records stay"),
                       {std::to_string(same)}));
      }
      return kExitRefused;
    }
    out_.text(
        fill(tr("{} records saved, {} lines not saved"),
             {std::to_string(number_in(outcome, "saved").value_or(0)), std::to_string(refused)}));
    if (left_out_ > 0) {
      out_.note(fill(tr("… and {} more lines that were recorded before (--verbose tells each)"),
                     {std::to_string(left_out_)}));
    }
    if (same > twins_) {
      out_.text(
          fill(tr("{} were recorded before and passed over"), {std::to_string(same - twins_)}));
    }
    if (twins_ > 0) {
      out_.text(fill(tr("{} are the same as another line of the file and were passed over"),
                     {std::to_string(twins_)}));
    }
    if (explained_ > 0) {
      out_.text(fill(tr("{} of these records got the explanation that they lacked"),
                     {std::to_string(explained_)}));
    }
    if (changed_ > 0) {
      out_.text(fill(tr("{} of these were corrected since: the records say other than the file"),
                     {std::to_string(changed_)}));
    }
    if (void_ > 0) {
      out_.text(fill(tr("{} of these are void since and don't count (see above)"),
                     {std::to_string(void_)}));
    }
    for (const std::string& line : place_of_what_is_saved(outcome)) out_.note(line);
    if (refused > 0) {
      out_.text(
          tr("Correct the lines that were not saved and run the file again: what is saved already "
             "is passed over. What is saved is not corrected in the file, but by “sitelog edit "
             "RECORD@CODE FIELD=VALUE”; “sitelog list” tells the codes."));
    }
    return refused == 0 ? kExitDone : kExitRefused;
  }

 private:
  std::string words_of(json::object& details) const {
    auto* problems = details.if_contains("problems");
    if (problems == nullptr) return message_of(refusal_from(details));
    std::string words;
    for (auto& item : problems->as_array()) {
      json::object& problem = item.as_object();
      problem["message"] = message_of(refusal_from(problem));
      const std::string field = text_in(problem, "field");
      const std::string said = text_in(problem, "message");
      words += (words.empty() ? "" : tr("; ")) +
               (field.empty() ? said : fill(tr("{}: {}"), {labels_.field(field), said}));
    }
    return words;
  }

  // Of each sort the first; what comes to nothing by itself shall not hide the rest.
  bool is_told(int64_t& times) {
    if (times++ < most_) return true;
    ++left_out_;
    return false;
  }

  std::string fields_called(const json::array& names) const {
    std::string out;
    for (const auto& name : names) {
      out += (out.empty() ? "" : tr(", ")) + labels_.field(std::string(name.as_string()));
    }
    return out;
  }

  // Explanations in a line that is no new record.
  void tell_explained(const std::string& number, const json::object& same) {
    const std::string record = text_in(same, "record");
    if (same.contains("explained")) {
      ++explained_;
      out_.note(fill(tr("line {}: recorded before (record {}); its explanation was added to the "
                        "record: {}"),
                     {number, record, fields_called(array_in(same, "explained"))}));
    }
    if (same.contains("explained_otherwise")) {
      std::string options;
      for (const auto& name : array_in(same, "explained_otherwise")) {
        options += " --explain " + std::string(name.as_string()) + "=…";
      }
      out_.note(
          fill(tr("line {}: recorded before (record {}), with another explanation, which stays: "
                  "{}. It is changed by: {}"),
               {number, record, fields_called(array_in(same, "explained_otherwise")),
                "sitelog edit " + record + options}));
    }
  }

  void tell_same(const std::string& number, const json::object& same) {
    const int64_t wall = number_in(same, "wall").value_or(0);
    const std::string record = text_in(same, "record");
    tell_explained(number, same);
    if (const auto line = number_in(same, "as_line")) {
      ++twins_;
      out_.note(fill(tr("line {}: the same as line {} (record {}): passed over; if it happened "
                        "twice, run a file of this line alone with --again"),
                     {number, std::to_string(*line), record}));
      return;
    }
    if (same.contains("void")) {
      if (!is_told(void_)) return;
      out_.note(fill(tr("line {}: recorded before (record {}), void since ({}): passed over; to "
                        "record it again all the same, run a file of this line alone with --again"),
                     {number, record, text_in(same, "void")}));
      return;
    }
    if (same.contains("changed")) {
      if (!is_told(changed_)) return;
      out_.note(fill(tr("line {}: recorded at {} by {} (record {}), and corrected since: passed "
                        "over, so the record says other than this line"),
                     {number, local_time(wall), on_one_line(text_in(same, "person")), record}));
      return;
    }
    if (same.contains("explained") || same.contains("explained_otherwise")) return;
    if (!is_told(same_)) return;
    out_.note(wall == 0
                  ? fill(tr("line {}: record {} says so already: passed over"), {number, record})
                  : fill(tr("line {}: the same was recorded at {} by {} (record {}): passed "
                            "over; if it happened twice, run a file of this line alone with "
                            "--again"),
                         {number, local_time(wall), on_one_line(text_in(same, "person")), record}));
  }

  Output& out_;
  const FormLabels& labels_;
  static constexpr int64_t kSameToldMax = 10;

  const bool all_or_nothing_;
  const int64_t most_;  // lines told of each sort
  int64_t saved_ = 0;
  int64_t same_ = 0, changed_ = 0, void_ = 0;  // passed over
  int64_t twins_ = 0, explained_ = 0;
  int64_t left_out_ = 0;  // of those passed over, not told
  std::string last_;
};

int record_many(Front& front, Output& out, json::object args, const std::string& from,
                const std::string& sheet, bool verbose) {
  const Interruptible interruptible;
  auto opened = RecordFile::open(from, sheet);
  if (!opened) return out.refused(opened.refusal());
  RecordFile& file = **opened;
  if (!file.passed_sheets().empty()) {
    const auto& passed = file.passed_sheets();
    out.note(fill(tr("read is the sheet {}; not read: {} (--sheet NAME reads another)"),
                  {file.sheet(), joined(passed)}));
  }
  const FormLabels labels =
      labels_of(front, out).agreed(text_in(args, "campaign"), text_in(args, "form"));
  const bool all_or_nothing = flag_in(args, "all_or_nothing");
  FileTeller teller(out, labels, all_or_nothing, verbose);
  Front::Call call{.operation = "record.add_many", .args = std::move(args)};
  call.input = [&]() -> std::optional<json::value> {
    std::optional<json::value> next;
    if (interrupted == 0) next = file.next();
    // What is saved whole or not at all must not be saved as far as it came: no line is a null.
    if ((interrupted != 0 || file.failed()) && all_or_nothing) return json::value(nullptr);
    return next;
  };
  call.raw_lines = false;
  call.on_line = [&](const json::object& line) { teller.take(line); };
  const auto outcome = front.ask_owner(out, call);
  if (interrupted != 0) {
    teller.tell_how_far(tr("Interrupted"));
    return kExitRefused;
  }
  if (file.failed()) {
    teller.tell_how_far(tr("The file could not be read to its end"));
    return out.refused({Reason::kNotSaved, N_("the disk did not do what was asked ({})"), {from}});
  }
  if (!outcome) {
    if (teller.began()) teller.tell_how_far(tr("It broke off"));
    return out.refused(outcome.refusal());
  }
  return teller.tell_end(*outcome);
}

}  // namespace

void add_record_command(Front& front) {
  auto from = std::make_shared<std::string>();
  auto sheet = std::make_shared<std::string>();
  auto verbose = std::make_shared<bool>(false);
  auto* command = front.command(
      nullptr, "record", N_("save a record here; the network is not needed"),
      "sitelog record event kind=送文艺 title=井口慰问演出 date=2020-07-01 status=已举办 "
      "level=基层 participants=120\n  sitelog record event --from 三月活动.xlsx\n"
      "  sitelog record event --from events.jsonl --json");
  const auto options = front.options(command, "record.add_many");
  const auto one = front.options(command, "record.add");
  one->positional("form");
  one->positional("fields")->description(tr("name=value …"));
  one->option("campaign");
  auto* from_file = command->add_option(
      "--from", *from,
      tr("a file of records: a workbook (.xlsx), CSV, or one JSON object a line; - for standard "
         "input"));
  command->add_option("--sheet", *sheet, tr("the workbook's sheet, where it is not the first"))
      ->needs(from_file);
  command
      ->add_flag("--verbose", *verbose,
                 tr("tell each line that was recorded before, not the first ten"))
      ->needs(from_file);
  one->explanations();
  one->option("again");
  options->option("ignore_columns")->needs(from_file);
  options->option("all_or_nothing")->needs(from_file);
  one->option("person");
  front.act(command, [&front, options, one, from, sheet, verbose](Output& out) {
    auto args = one->given();
    if (!args) return out.refused(args.refusal());
    if (from->empty()) {
      const auto labels = [&] {
        return labels_of(front, out).agreed(text_in(*args, "campaign"), text_in(*args, "form"));
      };
      return front.call(
          out, *one,
          {.on_done = [&](const json::object& done) { tell_saved(front, out, done); },
           .on_refused =
               [&](const DetailedRefusal& refusal) {
                 return out.json() ? refusal : in_words(refusal, labels());
               },
           .field_called = [&](const std::string& name) { return labels().field(name); },
           .outcome_is_line = true});
    }
    if (args->contains("fields")) {
      return out.refused({Reason::kUsage, N_("give fields, or --from a file, not both"), {}});
    }
    const auto more = options->given();
    if (!more) return out.refused(more.refusal());
    for (const auto& [name, value] : *more) (*args)[name] = value;
    return record_many(front, out, *std::move(args), *from, *sheet, *verbose);
  });
}

}  // namespace sitelog
