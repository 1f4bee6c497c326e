// Records are sent to the stations that are to judge them: one, or all that a unit has still to
// send.
#include <algorithm>

#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/notices.hpp"
#include "command/presentation.hpp"
#include "command/terminal/language.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// What became of those that were to be sent.
class Sending {
 public:
  Sending(Front& front, Output& out, std::string person)
      : front_(front), out_(out), person_(std::move(person)), labels_(labels_of(front, out)) {}

  // Each as the list told it: what changes meanwhile stays, and is told.
  int send(const std::vector<json::object>& lines) {
    for (size_t i = 0; i < lines.size(); ++i) {
      out_.progress(
          fill(tr("sending {} of {}"), {std::to_string(i + 1), std::to_string(lines.size())}));
      send(lines[i]);
    }
    out_.progress({});
    notices_.tell(out_);
    if (unexplained_ > 0) {
      out_.note(fill(tr("note, of {} records: something in them is unusual or missing, and not "
                        "explained; whoever judges them is told so (sitelog list --unexplained)"),
                     {std::to_string(unexplained_)}));
    }
    if (out_.json()) {
      out_.line({{"sent", sent_}, {"unchanged", sent_already_}, {"left_out", left_out_}});
    } else {
      out_.text(fill(tr("{} records sent, {} left out"),
                     {std::to_string(sent_), std::to_string(left_out_)}));
      if (sent_ > 0) out_.text(tr("They are on their way with the next sync (sitelog sync)."));
      if (sent_already_ > 0) {
        out_.text(fill(tr("{} more were sent already, as they are: nothing of them was changed"),
                       {std::to_string(sent_already_)}));
      }
    }
    return left_out_ == 0 ? kExitDone : kExitRefused;
  }

 private:
  void send(const json::object& line) {
    const std::string record = text_in(line, "record");
    json::object args{
        {"record", text_in(line, "unit") + "/" + text_in(line, "form") + "/" + record},
        {"seen", text_in(line, "seen")}};
    if (!person_.empty()) args["person"] = person_;
    const auto done = front_.ask_owner(out_, {.operation = "record.send", .args = args});
    if (!done) {
      const bool sent = done.refusal().reason == Reason::kChanged && was_sent_meanwhile(args);
      return sent ? pass(record, {{"record", record}, {"unchanged", true}})
                  : leave_out(line, done.refusal());
    }
    if (flag_in(*done, "unchanged")) return pass(record, *done);
    ++sent_;
    if (!array_in(line, "unexplained").empty()) ++unexplained_;
    if (out_.json()) out_.line(*done);
    notices_.add(*done);
  }

  // Somebody else sent what it is now, and no station has given it back.
  bool was_sent_meanwhile(const json::object& args) {
    bool sent = false;
    (void)front_.ask_owner(out_, {.operation = "record.show",
                                  .args = {{"record", args.at("record")}},
                                  .on_line =
                                      [&sent](const json::object& now) {
                                        const json::object& review = object_in(now, "review");
                                        const std::string state = text_in(review, "state");
                                        sent = review.contains("sent") &&
                                               object_in(now, "as_sent").empty() &&
                                               state != "returned" && state != "refused";
                                      },
                                  .raw_lines = false});
    return sent;
  }

  void pass(const std::string& record, const json::object& line) {
    ++sent_already_;
    if (out_.json()) return out_.line(line);
    out_.note(fill(tr("{}: was sent already, as it is"), {record}));
  }

  void leave_out(const json::object& line, const DetailedRefusal& why) {
    const std::string record = text_in(line, "record");
    ++left_out_;
    if (out_.json()) out_.line({{"record", record}, {"error", to_json(why)}});
    const DetailedRefusal told = in_words(why, labels_.of(line));
    out_.note(fill(tr("{}: not sent: {}"), {record, message_of(told)}));
    for (const FieldProblem& problem : told.problems) {
      out_.note("  " + labelled(problem.field, message_of(problem.refusal)));
    }
  }

  Front& front_;
  Output& out_;
  const std::string person_;
  const Labels labels_;
  CountedNotices notices_;
  int64_t sent_ = 0, sent_already_ = 0, left_out_ = 0;
  int64_t unexplained_ = 0;  // of those sent
};

// What waits where it would not by the units and roles of now.
Answer<Done> add_those_asked_otherwise(Front& front, Output& out,
                                       std::vector<json::object>& lines) {
  const auto status = front.ask_owner(out, {.operation = "status", .args = {}});
  if (!status) return status.refusal();
  for (const auto& record : array_in(*status, "asked_otherwise")) {
    // What was changed since is to be sent anyway.
    const bool listed = std::ranges::any_of(
        lines, [&](const json::object& line) { return line.at("record") == record; });
    if (listed) continue;
    const auto shown = front.ask_owner(
        out, {.operation = "record.show",
              .args = {{"record", record}},
              .on_line = [&lines](const json::object& line) { lines.push_back(line); },
              .raw_lines = false});
    if (!shown) return shown.refusal();
  }
  return Done{};
}

int send_all(Front& front, Output& out, const std::string& person) {
  std::vector<json::object> lines;
  const auto listed = front.ask_owner(
      out, {.operation = "records.list",
            .args = {{"to_send", true}},
            .on_line = [&lines](const json::object& line) { lines.push_back(line); },
            .raw_lines = false});
  if (!listed) return out.refused(listed.refusal());
  if (auto added = add_those_asked_otherwise(front, out, lines); !added) {
    return out.refused(added.refusal());
  }
  out.keep_going();
  return Sending(front, out, person).send(lines);
}

}  // namespace

void add_send_command(Front& front, const std::string& example, bool with_all) {
  auto* command = front.command(nullptr, "send",
                                N_("send a record to the stations that are to judge it"), example);
  const auto options = front.options(command, "record.send");
  CLI::Option* record = options->positional("record");
  options->option("person");
  auto all = std::make_shared<bool>(false);
  if (with_all) {
    command->add_flag("--all", *all, tr("all that were not sent yet, or were changed since"))
        ->excludes(record);
    record->required(false);
  }
  front.act(command, [&front, options, all](Output& out) {
    auto args = options->given();
    if (!args) return out.refused(args.refusal());
    if (*all) return send_all(front, out, text_in(*args, "person"));
    if (!args->contains("record")) {
      return out.refused(
          {Reason::kUsage, N_("say which record is to be sent, ID@CODE, or --all"), {}});
    }
    return call_and_tell_saved(
        front, out, *options, options->operation(), *std::move(args),
        N_("Record {} is sent already, just as it is: there is nothing to do."));
  });
}

}  // namespace sitelog
