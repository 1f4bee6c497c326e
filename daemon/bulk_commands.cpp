// One verdict on many records from the command line: on those that a list would tell, or on those
// of lines that a list told before, each as it was told.
#include "command/answer_fields.hpp"
#include "command/given_file.hpp"
#include "command/notices.hpp"
#include "command/terminal/language.hpp"
#include "daemon/command_parts.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/record_filter.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kLeftOutTold = 50;

// What is reviewed of a line of a list; nothing where it is none.
std::optional<json::object> picked_of(const json::object& line) {
  const std::string unit = text_in(line, "unit"), form = text_in(line, "form");
  const std::string record = text_in(line, "record"), seen = text_in(line, "seen");
  if (record.empty() || seen.empty()) return std::nullopt;
  const bool whole = !unit.empty() && !form.empty();
  return json::object{{"record", whole ? unit + "/" + form + "/" + record : record},
                      {"seen", seen}};
}

// The lines that “records list --json” printed, kept in a file.
Answer<std::vector<json::value>> picked_from_file(const std::string& path) {
  const auto content = read_given_file(path);
  if (!content) return content.refusal();
  std::vector<json::value> out;
  std::string_view rest = *content;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    boost::system::error_code error;
    const json::value parsed = json::parse(line, error);
    const json::object* object = error ? nullptr : parsed.if_object();
    // The last line that a list prints says how many there are.
    if (object != nullptr && object->contains("of")) continue;
    const auto picked = object != nullptr ? picked_of(*object) : std::nullopt;
    if (!picked) {
      return Refusal{Reason::kInvalidFile,
                     N_("line {} of {} is not one that “sitelogd records list --json” prints"),
                     {std::to_string(number), path}};
    }
    out.emplace_back(*picked);
  }
  return out;
}

Answer<std::vector<json::value>> picked_now(Front& front, Output& out, json::object args) {
  std::vector<json::value> picked;
  const auto listed = front.ask_owner(out, {.operation = "records.list",
                                            .args = std::move(args),
                                            .on_line =
                                                [&](const json::object& line) {
                                                  if (auto one = picked_of(line)) {
                                                    picked.emplace_back(*std::move(one));
                                                  }
                                                },
                                            .raw_lines = false});
  if (!listed) return listed.refusal();
  return picked;
}

// Told of those that are reviewed, or would be.
std::string outcome_text(const json::object& done) {
  const bool preview = done.contains("preview");
  return fill(preview ? tr("{} records would be reviewed, {} say so already, {} would be left out: "
                           "nothing was done; --confirm reviews them")
                      : tr("{} records reviewed, {} said so already, {} left out"),
              {std::to_string(number_in(done, "reviewed").value_or(0)),
               std::to_string(number_in(done, "unchanged").value_or(0)),
               std::to_string(number_in(done, "left_out").value_or(0))});
}

int review_all(Front& front, Output& out, json::object args, std::vector<json::value> picked) {
  size_t next = 0;
  int64_t left_out = 0;
  Front::Call call{.operation = "review.many", .args = std::move(args)};
  call.input = [&]() -> std::optional<json::value> {
    return next < picked.size() ? std::optional(picked[next++]) : std::nullopt;
  };
  call.on_line = [&](const json::object& line) {
    if (!line.contains("error") || ++left_out > kLeftOutTold) return;
    out.note(fill(tr("{}: left out: {}"),
                  {text_in(line, "record"), message_of(refusal_from(object_in(line, "error")))}));
  };
  call.on_done = [&](const json::object& done) {
    if (left_out > kLeftOutTold) {
      out.note(fill(tr("… and {} more"), {std::to_string(left_out - kLeftOutTold)}));
    }
    tell_notices(out, done);
    out.text(outcome_text(done));
  };
  call.outcome_is_line = true;
  return front.call(out, std::move(call));
}

}  // namespace

void add_bulk_commands(Front& front, CLI::App* review) {
  auto* command = front.command(
      review, "many", N_("say the same of many records, each as it was listed"),
      "sitelogd review many accepted --unit ruzhou --kind film --review pending --confirm\n"
      "  sitelogd records list --unit ruzhou --json > 所见.jsonl\n"
      "  sitelogd review many accepted --lines 所见.jsonl --confirm");
  const auto verdict = front.options(command, "review.many");
  verdict->positional("verdict");
  verdict->option("remark");
  verdict->option("fields", "--field")->description(tr("NAME=REMARK: a remark on one field"));
  verdict->option("due");
  verdict->option("unsent");
  verdict->option("person");
  const auto filter = front.options(command, "records.list");
  for (const std::string& name : narrowing_names()) {
    filter->option(name);
  }
  auto lines = std::make_shared<std::string>();
  auto confirm = std::make_shared<bool>(false);
  command->add_option("--lines", *lines,
                      tr("what “records list --json” printed: those records, as they were then"));
  command->add_flag("--confirm", *confirm, tr("do it; without this what would come of it is told"));
  front.act(command, [&front, verdict, filter, lines, confirm](Output& out) {
    auto args = verdict->given();
    if (!args) return out.refused(args.refusal());
    auto asked = filter->given();
    if (!asked) return out.refused(asked.refusal());
    if (!lines->empty() && !asked->empty()) {
      return out.refused(
          {Reason::kUsage, N_("give what to look for, or --lines of a list, not both"), {}});
    }
    auto picked =
        lines->empty() ? picked_now(front, out, *std::move(asked)) : picked_from_file(*lines);
    if (!picked) return out.refused(picked.refusal());
    if (!*confirm) (*args)["preview"] = true;
    return review_all(front, out, *std::move(args), *std::move(picked));
  });
}

}  // namespace sitelog
