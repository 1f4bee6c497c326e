#include "campaign/definition_check.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "campaign/limits.hpp"
#include "campaign/table_reader.hpp"
#include "campaign/text.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

namespace {

class DefinitionCheck {
 public:
  DefinitionCheck(const toml::table& root, const Definition& definition, ProblemList& problems)
      : root_(root), definition_(definition), problems_(problems) {}

  void run() {
    check_text(line_of("title"), definition_.title, limits::kTitleLengthMax);
    check_text(line_of("banner"), definition_.banner, limits::kBannerLengthMax);
    check_choices("kind", definition_.kinds, line_of("kind"));
    for (const auto& [name, choices] : definition_.vocabularies) {
      check_choices(name, choices, line_of("vocabulary", name));
    }
    for (size_t i = 0; i < definition_.forms.size(); ++i) check_form(definition_.forms[i], i);
    check_labels("form", definition_.forms);
    check_labels("phase", definition_.phases);
    check_labels("deadline", definition_.deadlines);
    check_labels("criterion", definition_.criteria);
    check_labels("role", definition_.roles);
    check_phases();
    check_criteria();
    check_roles();
    check_stations(definition_.stations, line_of("stations"));
    for (size_t i = 0; i < definition_.forms.size(); ++i) {
      if (const auto& own = definition_.forms[i].stations) {
        check_stations(*own, line_of_nth("form", i));
      }
    }
    check_report();
  }

 private:
  size_t line_of(std::string_view key) const {
    const toml::node* found = root_.get(key);
    return found != nullptr ? sitelog::line_of(*found) : 1;
  }
  size_t line_of(std::string_view table, std::string_view key) const {
    const toml::table* within = root_.get_as<toml::table>(table);
    const toml::node* found = within != nullptr ? within->get(key) : nullptr;
    return found != nullptr ? sitelog::line_of(*found) : line_of(table);
  }
  // Of the nth table of a list of tables.
  const toml::table* nth(std::string_view key, size_t n) const {
    const toml::array* all = root_.get_as<toml::array>(key);
    return all != nullptr && n < all->size() ? (*all)[n].as_table() : nullptr;
  }
  size_t line_of_nth(std::string_view key, size_t n) const {
    const toml::table* found = nth(key, n);
    return found != nullptr ? sitelog::line_of(*found) : line_of(key);
  }

  void check_text(size_t line, const std::string& text, size_t length_max) {
    if (text.find_first_of("\n\r\t") != std::string::npos) {
      problems_.add(line, N_("{} line {}: “{}” must be on one line"), {shortened(text, 40)});
    }
    if (length_of(text) > length_max) {
      problems_.add(
          line, N_("{} line {}: “{}” is too long: {} characters, at most {}"),
          {shortened(text, 40), std::to_string(length_of(text)), std::to_string(length_max)});
    }
  }
  void check_text(size_t line, const Label& label, size_t length_max) {
    check_text(line, label.zh, length_max);
    check_text(line, label.en, length_max);
  }

  // Whoever reads labels, or types one, must see which is meant.
  template <class All, class LineOf>
  void check_distinct(const All& all, LineOf line_of_nth) {
    std::set<std::string> zh, en;
    for (size_t i = 0; i < all.size(); ++i) {
      const Label& label = all[i].label;
      check_text(line_of_nth(i), label, limits::kLabelLengthMax);
      const bool fresh_zh = zh.insert(lower(label.zh)).second;
      const bool fresh_en = en.insert(lower(label.en)).second;
      if (fresh_zh && fresh_en) continue;
      problems_.add(line_of_nth(i), N_("{} line {}: the label “{}” is there twice"),
                    {fresh_zh ? label.en : label.zh});
    }
  }
  template <class All>
  void check_labels(std::string_view key, const All& all) {
    check_distinct(all, [&](size_t i) { return line_of_nth(key, i); });
  }

  void check_choices(const std::string& name, const Vocabulary& choices, size_t line) {
    if (choices.empty()) {
      problems_.add(line, N_("{} line {}: the vocabulary “{}” is empty"), {name});
    }
    if (choices.size() > limits::kChoicesMax) {
      problems_.add(line, N_("{} line {}: the vocabulary “{}” has {} choices, at most {}"),
                    {name, std::to_string(choices.size()), std::to_string(limits::kChoicesMax)});
    }
    check_distinct(choices, [&](size_t) { return line; });
  }

  void check_form(const Form& form, size_t place) {
    const size_t line = line_of_nth("form", place);
    if (form.fields.size() > limits::kFormFieldsMax) {
      problems_.add(
          line,
          N_("{} line {}: the form “{}” has {} fields, at most {}: each may be "
             "explained, and all must fit one entry"),
          {form.key, std::to_string(form.fields.size()), std::to_string(limits::kFormFieldsMax)});
    }
    const toml::table* table = nth("form", place);
    const toml::array* fields = table != nullptr ? table->get_as<toml::array>("field") : nullptr;
    const auto line_of_field = [&](size_t i) {
      return fields != nullptr && i < fields->size() ? sitelog::line_of((*fields)[i]) : line;
    };
    check_distinct(form.fields, line_of_field);
    for (size_t i = 0; i < form.fields.size(); ++i) {
      const std::string& name = form.fields[i].name;
      if (kExplainPrefix.size() + name.size() <= limits::kNameBytesMax) continue;
      problems_.add(line_of_field(i),
                    N_("{} line {}: the name “{}” is too long: {} bytes, at most {}, so that the "
                       "field can be explained"),
                    {name, std::to_string(name.size()),
                     std::to_string(limits::kNameBytesMax - kExplainPrefix.size())});
    }
  }

  void check_phases() {
    for (size_t i = 0; i < definition_.phases.size(); ++i) {
      const Phase& phase = definition_.phases[i];
      if (phase.from >= definition_.from && phase.to <= definition_.to) continue;
      problems_.add(line_of_nth("phase", i),
                    N_("{} line {}: the phase “{}” is not inside the campaign, which lasts from {} "
                       "to {}"),
                    {phase.key, definition_.from.text(), definition_.to.text()});
    }
  }

  void check_criteria() {
    for (size_t i = 0; i < definition_.criteria.size(); ++i) {
      std::set<std::string> kinds;
      for (const std::string& kind : definition_.criteria[i].kinds) {
        if (kinds.insert(kind).second) continue;
        problems_.add(line_of_nth("criterion", i), N_("{} line {}: “{}” is there twice"), {kind});
      }
    }
  }

  void check_roles() {
    constexpr std::array<std::string_view, 3> kMay{"read", "record", "review"};
    const std::string all = "read, record, review";
    for (size_t i = 0; i < definition_.roles.size(); ++i) {
      const RoleDefinition& role = definition_.roles[i];
      if (role.key == "administrator" || role.key == "viewer") {
        problems_.add(line_of_nth("role", i),
                      N_("{} line {}: the role “{}” is there in every campaign already"),
                      {role.key});
      }
      for (const std::string& may : role.may) {
        if (std::find(kMay.begin(), kMay.end(), may) != kMay.end()) continue;
        problems_.add(line_of_nth("role", i), N_("{} line {}: “{}” is not one of: {}"),
                      {shortened(may, 40), all, all});
      }
    }
  }

  void check_stations(const std::vector<std::string>& stations, size_t line) {
    if (stations.size() > kChainMax) {
      problems_.add(line, N_("{} line {}: there are {} stations, at most {}"),
                    {std::to_string(stations.size()), std::to_string(kChainMax)});
    }
    std::set<std::string> known;
    for (size_t i = 0; i < stations.size(); ++i) {
      const std::string called = shortened(stations[i], 40);
      if (!known.insert(stations[i]).second) {
        problems_.add(line, N_("{} line {}: “{}” is there twice"), {called});
      }
      check_station(definition_.role(stations[i]), called, i + 1 == stations.size(), line);
    }
  }

  void check_station(const RoleDefinition* role, const std::string& called, bool last,
                     size_t line) {
    if (role == nullptr) {
      problems_.add(line, N_("{} line {}: there is no role “{}”"), {called});
    } else if (role->stands == Stands::kNotSaid) {
      problems_.add(line,
                    N_("{} line {}: the role “{}” is a station: say where it stands, with stands = "
                       "\"unit\", \"above\" or \"top\""),
                    {called});
    } else if ((role->stands == Stands::kTop) != last) {
      problems_.add(line, N_("{} line {}: the last station, and no other, stands at the top"));
    } else if (!role->may_review()) {
      problems_.add(line,
                    N_("{} line {}: the role “{}” is a station: it must be allowed to review"),
                    {called});
    } else if (role->stands != Stands::kUnit && !role->below) {
      problems_.add(line,
                    N_("{} line {}: the role “{}” judges what units below record: it needs below = "
                       "true"),
                    {called});
    }
    if (role != nullptr && station_field(role->key).size() > limits::kNameBytesMax) {
      problems_.add(line, N_("{} line {}: the name “{}” is too long: {} bytes, at most {}"),
                    {called, std::to_string(role->key.size()),
                     std::to_string(limits::kNameBytesMax - kStationPrefix.size())});
    }
  }

  const Field* counted_field(const std::string& name) const {
    const Form* form = definition_.form(definition_.report.form);
    for (const Field& field : form != nullptr ? form->fields : kNoFields) {
      if (!name.empty() && field.name == name) return &field;
    }
    return nullptr;
  }

  void check_report() {
    const ReportSettings& report = definition_.report;
    if (const Field* status = counted_field(report.status)) {
      if (!status->required || status->default_value) {
        problems_.add(line_of("report", "status"),
                      N_("{} line {}: the field “{}” must be required and have no default: whether "
                         "a thing took place must be said"),
                      {status->name});
      }
      if (report.held.empty()) {
        problems_.add(line_of("report", "held"),
                      N_("{} line {}: “{}” is empty: nothing would count"), {"held"});
      }
    }
    for (const std::string& name : {report.sessions, report.participants}) {
      const Field* field = counted_field(name);
      if (field == nullptr || (field->min >= 0 && field->max <= limits::kCountMax)) continue;
      problems_.add(
          line_of("report"),
          N_("{} line {}: the field “{}” is summed: its min and max must be from 0 to {}"),
          {name, std::to_string(limits::kCountMax)});
    }
    const Field* level = counted_field(report.level);
    const Vocabulary* levels =
        level != nullptr ? definition_.vocabulary(level->vocabulary) : nullptr;
    const size_t cells = definition_.kinds.size() * (levels != nullptr ? levels->size() : 1);
    if (cells > limits::kReportCellsMax) {
      problems_.add(line_of("report"),
                    N_("{} line {}: the kinds and levels make {} columns of a report, at most {}"),
                    {std::to_string(cells), std::to_string(limits::kReportCellsMax)});
    }
    for (const auto& [name, word] : definition_.words) {
      check_text(line_of("report"), word, limits::kLabelLengthMax);
    }
  }

  static inline const std::vector<Field> kNoFields;
  const toml::table& root_;
  const Definition& definition_;
  ProblemList& problems_;
};

}  // namespace

void check_definition(const toml::table& root, std::string_view text, const Definition& definition,
                      ProblemList& problems) {
  if (text.size() > limits::kPublishedBytesMax) {
    problems.add(1, N_("{} line {}: the file has {} bytes, at most {} can be published"),
                 {std::to_string(text.size()), std::to_string(limits::kPublishedBytesMax)});
  }
  DefinitionCheck(root, definition, problems).run();
}

}  // namespace sitelog
