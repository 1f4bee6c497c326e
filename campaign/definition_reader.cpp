#include <algorithm>
#include <array>

#include "campaign/banner.hpp"
#include "campaign/definition.hpp"
#include "campaign/definition_check.hpp"
#include "campaign/field_value.hpp"
#include "campaign/form_reader.hpp"
#include "campaign/limits.hpp"
#include "campaign/table_reader.hpp"
#include "campaign/text.hpp"
#include "campaign/units.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace {

class DefinitionReader {
 public:
  DefinitionReader(const toml::table& root, ProblemList& problems, UnknownKeys unknown)
      : root_(root, problems), problems_(problems), end_([unknown](TableReader& reader) {
          if (unknown == UnknownKeys::kRefuse) reader.refuse_others();
        }) {}

  Definition read() {
    read_head();
    read_vocabularies();
    out_.forms = read_forms(root_, out_, problems_, end_, untyped_);
    read_phases();
    read_deadlines();
    read_quotas();
    read_criteria();
    read_roles();
    read_report();
    end_(root_);
    return std::move(out_);
  }

 private:
  void read_head() {
    out_.id = root_.key("id");
    if (out_.id.find('_') != std::string::npos) {
      problems_.add(root_.line("id"),
                    N_("{} line {}: an id is of small letters a-z, digits and -"));
    }
    out_.stations = root_.texts("stations");
    out_.version = root_.integer("version", Need::kRequired).value_or(1);
    if (out_.version < 1) {
      problems_.add(root_.line("version"), N_("{} line {}: the version must be 1 or more"));
    }
    if (const toml::table* title = root_.table("title", Need::kRequired)) {
      TableReader reader(*title, problems_);
      out_.title = reader.label();
      end_(reader);
    }
    read_span(root_, out_.from, out_.to);
    out_.banner = root_.text("banner");
    if (!out_.banner.empty() && !is_banner_template(out_.banner)) {
      problems_.add(root_.line("banner"), N_("{} line {}: the banner must hold {} exactly once"),
                    {std::string(kBannerUnit)});
    }
  }

  void read_span(TableReader& reader, Date& from, Date& to) {
    from = reader.date("from");
    to = reader.date("to");
    if (from != Date{} && to != Date{} && to < from) {
      problems_.add(reader.line("to"), N_("{} line {}: the end ({}) is before the beginning ({})"),
                    {to.text(), from.text()});
    }
  }

  template <class T>
  void refuse_twice(const std::vector<T>& before, const std::string& key,
                    const TableReader& reader) {
    const bool twice =
        std::any_of(before.begin(), before.end(), [&](const T& other) { return other.key == key; });
    if (twice && !key.empty()) {
      problems_.add(reader.line("key"), N_("{} line {}: “{}” is there twice"), {key});
    }
  }

  Vocabulary read_choices(const std::vector<const toml::table*>& tables) {
    Vocabulary out;
    for (const toml::table* table : tables) {
      TableReader reader(*table, problems_);
      Choice choice{reader.key("key"), reader.label()};
      refuse_twice(out, choice.key, reader);
      if (choice.key == kUnspecified) {
        problems_.add(reader.line("key"),
                      N_("{} line {}: “{}” has a meaning of its own in reports"), {choice.key});
      }
      end_(reader);
      out.push_back(std::move(choice));
    }
    return out;
  }

  void read_vocabularies() {
    out_.kinds = read_choices(root_.tables("kind", Need::kRequired));
    const toml::table* all = root_.table("vocabulary");
    if (all == nullptr) return;
    TableReader reader(*all, problems_);
    for (const auto& [key, node] : *all) {
      const std::string name(key.str());
      const auto tables = reader.tables(name);
      if (name == kKindVocabulary || !is_key(name)) {
        problems_.add(line_of(node), N_("{} line {}: a vocabulary can't be called “{}”"),
                      {shortened(name, 40)});
        continue;
      }
      out_.vocabularies[name] = read_choices(tables);
    }
  }

  void read_phases() {
    for (const toml::table* table : root_.tables("phase")) {
      TableReader reader(*table, problems_);
      Phase phase;
      phase.key = reader.key("key");
      phase.label = reader.label();
      read_span(reader, phase.from, phase.to);
      refuse_twice(out_.phases, phase.key, reader);
      end_(reader);
      out_.phases.push_back(std::move(phase));
    }
  }

  void read_deadlines() {
    for (const toml::table* table : root_.tables("deadline")) {
      TableReader reader(*table, problems_);
      Deadline deadline;
      deadline.key = reader.key("key");
      deadline.label = reader.label();
      deadline.date = reader.date("date");
      deadline.what = reader.key("what");
      refuse_twice(out_.deadlines, deadline.key, reader);
      end_(reader);
      out_.deadlines.push_back(std::move(deadline));
    }
  }

  void read_quotas() {
    const toml::table* table = root_.table("quotas");
    if (table == nullptr) return;
    TableReader reader(*table, problems_);
    out_.printed_total = reader.integer("printed_total");
    if (out_.printed_total) refuse_beyond(reader, "printed_total", *out_.printed_total, 0);
    if (const toml::table* units = reader.table("units", Need::kRequired)) {
      // The library sorts keys; the document's order is what people know.
      std::vector<std::pair<size_t, std::string>> in_order;
      TableReader numbers(*units, problems_);
      for (const auto& [key, node] : *units) in_order.emplace_back(line_of(node), key.str());
      std::stable_sort(in_order.begin(), in_order.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      for (const auto& [line, unit] : in_order) {
        const auto number = numbers.integer(unit);
        if (!is_unit_code(unit)) {
          problems_.add(line, N_("{} line {}: “{}” can't be a unit's code"), {shortened(unit, 64)});
        }
        if (number && (*number < 0 || *number > 1'000'000)) {
          problems_.add(line, N_("{} line {}: a quota must be from 0 to 1000000"));
        }
        out_.quotas.push_back({unit, number.value_or(0)});
      }
    }
    end_(reader);
  }

  void read_criteria() {
    for (const toml::table* table : root_.tables("criterion")) {
      TableReader reader(*table, problems_);
      Criterion criterion;
      criterion.key = reader.key("key");
      criterion.label = reader.label();
      criterion.at_least = reader.integer("at_least", Need::kRequired).value_or(1);
      refuse_beyond(reader, "at_least", criterion.at_least, 1);
      criterion.measure = read_measure(reader);
      criterion.kinds = reader.texts("kinds");
      refuse_unknown_choices(out_.kinds, criterion.kinds, reader.line("kinds"));
      if (criterion.kinds.empty()) {
        for (const Choice& kind : out_.kinds) criterion.kinds.push_back(kind.key);
      }
      refuse_twice(out_.criteria, criterion.key, reader);
      end_(reader);
      out_.criteria.push_back(std::move(criterion));
    }
  }

  void read_roles() {
    for (const toml::table* table : root_.tables("role")) {
      TableReader reader(*table, problems_);
      RoleDefinition role;
      role.key = reader.key("key");
      role.label = reader.label();
      role.may = reader.texts("may");
      role.below = reader.flag("below");
      role.stands = read_stands(reader);
      refuse_twice(out_.roles, role.key, reader);
      end_(reader);
      out_.roles.push_back(std::move(role));
    }
  }

  Stands read_stands(TableReader& reader) {
    const std::string name = reader.text("stands");
    for (const Stands stands : {Stands::kUnit, Stands::kAbove, Stands::kTop}) {
      if (name == name_of(stands)) return stands;
    }
    if (!name.empty()) {
      const std::string known = "unit, above, top";
      problems_.add(reader.line("stands"), N_("{} line {}: “{}” is not one of: {}"),
                    {shortened(name, 40), known, known});
    }
    return Stands::kNotSaid;
  }

  // Reports add such numbers up over all units.
  void refuse_beyond(const TableReader& reader, std::string_view key, int64_t number, int64_t min) {
    if (number >= min && number <= limits::kDefinitionNumberMax) return;
    problems_.add(
        reader.line(key), N_("{} line {}: “{}” must be from {} to {}"),
        {std::string(key), std::to_string(min), std::to_string(limits::kDefinitionNumberMax)});
  }

  Measure read_measure(TableReader& reader) {
    const std::string name = reader.text("measure");
    for (const Measure measure : {Measure::kEvents, Measure::kSessions, Measure::kParticipants}) {
      if (name.empty() || name == name_of(measure)) return measure;
    }
    const std::string known = "events, sessions, participants";
    problems_.add(reader.line("measure"), N_("{} line {}: “{}” is not one of: {}"),
                  {shortened(name, 40), known, known});
    return Measure::kEvents;
  }

  void refuse_unknown_choices(const Vocabulary& vocabulary, const std::vector<std::string>& keys,
                              size_t line) {
    for (const std::string& key : keys) {
      const bool known = std::any_of(vocabulary.begin(), vocabulary.end(),
                                     [&](const Choice& choice) { return choice.key == key; });
      if (known) continue;
      problems_.add(line, N_("{} line {}: “{}” is not one of: {}"),
                    with_choices({shortened(key, 40)}, vocabulary));
    }
  }

  void read_report() {
    const toml::table* table = root_.table("report", Need::kRequired);
    if (table == nullptr) return;
    TableReader reader(*table, problems_);
    ReportSettings& report = out_.report;
    report.form = reader.text("form", Need::kRequired);
    const Form* form = out_.form(report.form);
    if (form == nullptr && !report.form.empty()) {
      problems_.add(reader.line("form"), N_("{} line {}: there is no form “{}”"),
                    {shortened(report.form, 40)});
    }
    report.kind = read_report_field(reader, "kind", form, FieldType::kChoice, Need::kRequired);
    report.level = read_report_field(reader, "level", form, FieldType::kChoice);
    report.sessions = read_report_field(reader, "sessions", form, FieldType::kInteger);
    report.participants = read_report_field(reader, "participants", form, FieldType::kInteger);
    report.status = read_report_field(reader, "status", form, FieldType::kChoice);
    report.held = reader.texts("held", report.status.empty() ? Need::kOptional : Need::kRequired);
    const Field* kind = form != nullptr ? form->field(report.kind) : nullptr;
    if (kind != nullptr && kind->vocabulary != kKindVocabulary) {
      problems_.add(reader.line("kind"), N_("{} line {}: “{}” must have the vocabulary “{}”"),
                    {report.kind, std::string(kKindVocabulary)});
    }
    const Field* status = form != nullptr ? form->field(report.status) : nullptr;
    const Vocabulary* statuses = status != nullptr ? out_.vocabulary(status->vocabulary) : nullptr;
    if (statuses != nullptr) refuse_unknown_choices(*statuses, report.held, reader.line("held"));
    if (const toml::table* words = reader.table("words")) read_words(*words);
    end_(reader);
  }

  // What its tables say in the place of the usual words.
  void read_words(const toml::table& table) {
    TableReader reader(table, problems_);
    for (const std::string_view name : word_names()) {
      const toml::table* word = reader.table(name);
      if (word == nullptr) continue;
      TableReader labels(*word, problems_);
      out_.words.emplace(name, labels.label());
      end_(labels);
    }
    end_(reader);
  }

  std::string read_report_field(TableReader& reader, std::string_view key, const Form* form,
                                FieldType type, Need need = Need::kOptional) {
    const std::string name = reader.text(key, need);
    if (name.empty() || form == nullptr || untyped_.contains({form->key, name})) return name;
    const bool there =
        std::any_of(form->fields.begin(), form->fields.end(),
                    [&](const Field& each) { return each.name == name && each.type == type; });
    if (!there) {
      problems_.add(reader.line(key),
                    N_("{} line {}: the form “{}” has no field “{}” of type “{}”"),
                    {form->key, shortened(name, 40), std::string(name_of(type))});
    }
    return name;
  }

  TableReader root_;
  ProblemList& problems_;
  EndOfTable end_;
  UntypedFields untyped_;
  Definition out_;
};

size_t line_at(std::string_view text, size_t offset) {
  return 1 + static_cast<size_t>(std::count(text.begin(), text.begin() + offset, '\n'));
}

// The line of that number, counted from 1, for a message.
std::string line_text(std::string_view text, size_t number) {
  for (size_t line = 1; line < number; ++line) {
    const size_t feed = text.find('\n');
    if (feed == std::string_view::npos) return {};
    text.remove_prefix(feed + 1);
  }
  return shortened(trimmed(text.substr(0, text.find('\n'))), 60);
}

// Nothing when the text may be handed to the TOML library.
bool readable(std::string_view toml, ProblemList& problems) {
  if (toml.size() > limits::kDefinitionBytesMax) {
    problems.add(1, N_("{} line {}: the file is too large: at most {} bytes"),
                 {std::to_string(limits::kDefinitionBytesMax)});
    return false;
  }
  for (std::string_view rest = toml; !rest.empty();) {
    const size_t offset = toml.size() - rest.size();
    if (take_code_point(rest) == kNotUtf8) {
      problems.add(line_at(toml, offset), N_("{} line {}: this is not UTF-8 text"));
      return false;
    }
  }
  const auto dots = static_cast<size_t>(std::count(toml.begin(), toml.end(), '.'));
  if (dots > limits::kDefinitionDotsMax) {
    problems.add(1, N_("{} line {}: the file holds too many dots: at most {}"),
                 {std::to_string(limits::kDefinitionDotsMax)});
    return false;
  }
  return true;
}

}  // namespace

Parsed<Definition> parse_definition(std::string_view toml, const std::string& file,
                                    UnknownKeys unknown) {
  ProblemList problems(file);
  if (!readable(toml, problems)) return {std::nullopt, problems.take()};
  toml::table root;
  try {
    root = toml::parse(toml);
  } catch (const toml::parse_error& error) {  // the library has no other way to tell
    // The library's own words are English only; what stands there and the usual causes say more.
    const auto [line, column] = error.source().begin;
    problems.add(line,
                 N_("{} line {}: this is not TOML, at about character {} of “{}”: look whether a "
                    "quotation mark or bracket is not closed, a quotation mark is a Chinese one, "
                    "a text has none, or a name stands twice"),
                 {std::to_string(column), line_text(toml, line)});
    return {std::nullopt, problems.take()};
  }
  Definition definition = DefinitionReader(root, problems, unknown).read();
  definition.digest = sha256(as_bytes(toml)).hex();
  if (unknown == UnknownKeys::kRefuse && problems.empty()) {
    check_definition(root, toml, definition, problems);
  }
  if (!problems.empty()) return {std::nullopt, problems.take()};
  return {std::move(definition), {}};
}

}  // namespace sitelog
