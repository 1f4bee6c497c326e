#include "daemon/unit_commands.hpp"

#include "campaign/units.hpp"
#include "command/answer_fields.hpp"
#include "command/given_file.hpp"
#include "command/labels.hpp"
#include "command/notices.hpp"
#include "command/terminal/language.hpp"
#include "daemon/command_parts.hpp"
#include "engine/operation_parts.hpp"
#include "sheets/table_file.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// A list of units, of whatever a sheet was saved as, as CSV text.
Answer<json::object> units_args(const std::string& path) {
  const auto content = read_given_file(path);
  if (!content) return content.refusal();
  auto csv = table_file_as_csv(*content);
  if (!csv) {
    // Of a text the operation's own reader names the file and the line.
    const auto parsed = parse_units_csv(*content, path);
    const bool is_text = table_file_of(*content) == TableFile::kText;
    return is_text && !parsed ? refused_file(parsed.problems) : DetailedRefusal(csv.refusal());
  }
  if (csv->size() > kFileArgumentBytesMax) {
    return Refusal{Reason::kInvalidFile, N_("the file {} is too large"), {path}};
  }
  return json::object{{"file", path}, {"content", *std::move(csv)}};
}

std::string column_called(const std::string& name) {
  if (name == "name") return tr("name");
  if (name == "parent") return tr("above it");
  if (name == "kind") return tr("kind");
  if (name == "level") return tr("level");
  return name == "place" ? tr("place in the list") : name;
}

// What an import would do to one unit.
void tell_preview(Output& out, const json::object& line) {
  const std::string unit = named(text_in(line, "name"), text_in(line, "code"));
  if (flag_in(line, "added")) return out.text(fill(tr("new: {}"), {unit}));
  std::string changes;
  for (const auto& change : array_in(line, "changes")) {
    const auto said = [&](const char* name) {
      const std::string text = text_in(change.as_object(), name);
      return text.empty() ? std::string(tr("(nothing)")) : text;
    };
    if (!changes.empty()) changes += tr(", ");
    changes += fill(tr("{}: {} → {}"), {column_called(said("field")), said("from"), said("to")});
  }
  out.text(fill(tr("changed: {}, {}"), {unit, changes}));
}

void tell_imported(Output& out, const json::object& done) {
  tell_notices(out, done);
  if (number_in(done, "untold").value_or(0) > 0) {
    out.text(fill(tr("and {} more units."), {count(done, "untold")}));
  }
  out.text(fill(tr("{} units in the file: {} new, {} changed."),
                {count(done, "units"), count(done, "added"), count(done, "changed")}));
  if (flag_in(done, "preview")) out.text(tr("Nothing was written: this is what would be."));
  if (number_in(done, "removed").value_or(0) > 0) {
    out.text(fill(tr("{} of them were removed before and stay so."), {count(done, "removed")}));
  }
  if (number_in(done, "not_in_file").value_or(0) > 0) {
    out.text(fill(tr("{} units known here are not in the file; they stay. One that is no more is "
                     "withdrawn by sitelogd units remove."),
                  {count(done, "not_in_file")}));
  }
}

void add_import(Front& front, CLI::App* units) {
  auto file = std::make_shared<std::string>();
  auto* import = front.command(
      units, "import", N_("take units from a sheet (.xlsx, CSV): code,name,parent,kind,level"),
      "sitelogd units import units.csv");
  import->add_option("file", *file, tr("the sheet"))->required();
  auto preview = std::make_shared<bool>(false);
  import->add_flag("--preview", *preview,
                   tr("tell what would be added and changed, and write nothing"));
  front.act(import, [&front, file, preview](Output& out) {
    auto args = units_args(*file);
    if (!args) return out.refused(args.refusal());
    if (*preview) (*args)["preview"] = true;
    return front.call(out,
                      {.operation = "units.import",
                       .args = *args,
                       .on_line = [&out](const json::object& line) { tell_preview(out, line); },
                       .on_done = [&out](const json::object& done) { tell_imported(out, done); },
                       .outcome_is_line = true});
  });
}

void add_list(Front& front, CLI::App* units) {
  auto* list = front.command(units, "list", N_("all units, as a tree"), "sitelogd units list");
  const auto asked = front.options(list, "units.list");
  asked->option("removed");
  front.act(list, [&front, asked](Output& out) {
    return front.call(out, *asked,
                      {.on_line =
                           [&out](const json::object& unit) {
                             const auto depth = number_in(unit, "depth").value_or(0);
                             out.text(std::string(static_cast<size_t>(depth) * 2, ' ') +
                                      text_in(unit, "code") + "  " + name_of_unit(unit));
                           },
                       .on_done = [&out](const json::object& done) { tell_notices(out, done); }});
  });
}

std::string below(const json::object& unit) {
  const std::string parent = text_in(unit, "parent");
  return parent.empty() ? tr("at the top") : fill(tr("below {}"), {parent});
}

void add_adding(Front& front, CLI::App* units) {
  auto* add = front.command(units, "add", N_("add a unit, or one that was removed again"),
                            "sitelogd units add mine-3 --name 三矿工会 --parent shenma");
  const auto given = front.options(add, "units.add");
  given->positional("unit");
  for (const char* name : {"name", "parent", "kind", "level", "person"}) given->option(name);
  front.act(add, [&front, given](Output& out) {
    return front.call(
        out, *given,
        {.on_done =
             [&out](const json::object& done) {
               tell_notices(out, done);
               out.text(fill(flag_in(done, "again") ? tr("Unit {} ({}) is there again, {}.")
                                                    : tr("Unit {} ({}) is added, {}."),
                             {text_in(done, "unit"), text_in(done, "name"), below(done)}));
             },
         .outcome_is_line = true});
  });
}

void add_changing(Front& front, CLI::App* units) {
  auto* change =
      front.command(units, "change", N_("give a unit another name, parent, kind or level"),
                    "sitelogd units change mine-3 --parent shenma");
  const auto given = front.options(change, "units.change");
  given->positional("unit");
  for (const char* name : {"name", "parent", "top", "kind", "level", "person"}) {
    given->option(name);
  }
  front.act(change, [&front, given](Output& out) {
    return front.call(
        out, *given,
        {.on_done =
             [&out](const json::object& done) {
               tell_notices(out, done);
               out.text(fill(flag_in(done, "changed") ? tr("Unit {} is now {}, {}.")
                                                      : tr("Unit {} was {}, {}, already."),
                             {text_in(done, "unit"), text_in(done, "name"), below(done)}));
             },
         .outcome_is_line = true});
  });
}

void add_removing(Front& front, CLI::App* units) {
  auto* remove = front.command(
      units, "remove", N_("withdraw a unit: what is recorded stays, nothing new begins in it"),
      "sitelogd units remove mine-3 --reason 并入二矿");
  const auto given = front.options(remove, "units.remove");
  given->positional("unit");
  for (const char* name : {"reason", "anyway", "person"}) given->option(name);
  front.act(remove, [&front, given](Output& out) {
    return front.call(
        out, *given,
        {.on_done =
             [&out](const json::object& done) {
               out.text(
                   fill(tr("Unit {} ({}) is removed. Its records stay, with its name; "
                           "sitelogd units add {} adds it again."),
                        {text_in(done, "unit"), text_in(done, "name"), text_in(done, "unit")}));
             },
         .outcome_is_line = true});
  });
}

}  // namespace

void add_unit_commands(Front& front) {
  auto* units = front.group("units", N_("the organisations that report"));
  add_import(front, units);
  add_list(front, units);
  add_adding(front, units);
  add_changing(front, units);
  add_removing(front, units);
}

}  // namespace sitelog
