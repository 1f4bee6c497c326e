// Joining, keeping in touch, saying how things stand.
#include <sys/utsname.h>

#include <cstdio>

#include "campaign/text.hpp"
#include "client/agent.hpp"
#include "client/joining.hpp"
#include "client/new_comments.hpp"
#include "client/site_commands.hpp"
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/given_file.hpp"
#include "command/place_text.hpp"
#include "command/presentation.hpp"
#include "command/terminal/language.hpp"
#include "engine/system.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kInvitationBytesMax = 64 * 1024;

std::string machine_name() {
  utsname name{};
  return uname(&name) == 0 ? std::string(name.nodename) : std::string("sitelog");
}

std::string number_text(const json::object& of, const char* name) {
  return std::to_string(number_in(of, name).value_or(0));
}

void tell_synced(Output& out, const json::object& done) {
  for (const auto& refused : array_in(done, "refused")) {
    out.note(message_of(refusal_from(refused.as_object())));
  }
  out.text(fill(tr("In step with headquarters: {} entries sent, {} received."),
                {json::serialize(done.at("sent")), json::serialize(done.at("received"))}));
  for (const auto& comment : array_in(done, "comments"))
    out.text(text_of_comment(comment.as_object()));
}

struct JoinOptions {
  std::string code, code_file, headquarters, name = machine_name();
};

// The code, or what an invitation's file holds: as a word, from a file or from the standard input,
// where no list of processes shows it.
Result<std::string> invitation_text(const JoinOptions& given) {
  if (given.code.empty() == given.code_file.empty()) {
    return Refusal{
        Reason::kUsage,
        N_("give the invitation: its code, its file, --code-file FILE, or - to read it from "
           "the standard input"),
        {}};
  }
  if (given.code == "-") {
    std::string out(kInvitationBytesMax, '\0');
    out.resize(std::fread(out.data(), 1, out.size(), stdin));
    return out;
  }
  auto file = read_given_file(given.code.empty() ? given.code_file : given.code);
  if (file) return *std::move(file);
  // A code has no dots and no slashes: with them a file was meant.
  if (given.code.find_first_of("./") == std::string::npos && !given.code.empty()) return given.code;
  return file.refusal();
}

void add_join(Front& front) {
  auto options = std::make_shared<JoinOptions>();
  auto* command =
      front.command(nullptr, "join", N_("make this device one of a unit's, with an invitation"),
                    "sitelog join 7WT3C-… --headquarters 10.1.2.3:7443 --name 三号井平板");
  command->add_option("invitation", options->code,
                      tr("the code, or the invitation's file; - reads the standard input"));
  command->add_option(
      "--code-file", options->code_file,
      tr("a file with the code: a word in the command shows in the list of processes"));
  command->add_option("--headquarters", options->headquarters, tr("HOST:PORT of headquarters"));
  command->add_option("--name", options->name, tr("what people call this device"));
  front.act(command, [&front, options](Output& out) {
    out.keep_going();
    const auto text = invitation_text(*options);
    if (!text) return out.refused(text.refusal());
    const auto invitation = parse_invitation(*text);
    if (!invitation) return out.refused(invitation.refusal());
    const auto joined = join(front.data(), *invitation, options->headquarters, options->name);
    if (!joined) {
      // Nothing is kept here yet that could wait for the network.
      const bool unreached = joined.refusal().reason == Reason::kUnreachable;
      return out.refused(joined.refusal(),
                         unreached ? N_("Check the network and the address, then join again in the "
                                        "same way: the invitation can still be used.")
                                   : nullptr);
    }
    out.line({{"joined", true}, {"folder", front.data()}});
    out.text(tr("This device has joined. Fetching what headquarters has published …"));
    // The first sync brings the campaigns. Where it fails, the device has joined all the same.
    const auto synced = front.ask_owner(out, {.operation = "sync"});
    if (synced) {
      out.line(*synced);
      tell_synced(out, *synced);
    } else {
      out.tell_problems(synced.refusal().problems);
      out.note(message_of(synced.refusal()));
      out.note(tr("The device has joined; run sitelog sync when the network is back."));
    }
    return kExitDone;
  });
}

void add_sync(Front& front) {
  auto* command = front.command(nullptr, "sync", N_("bring this device and headquarters in step"),
                                "sitelog sync");
  const auto options = front.options(command, "sync");
  options->option("headquarters");
  front.act(command, [&front, options](Output& out) {
    return front.call(out, *options,
                      {.on_done = [&](const json::object& done) { tell_synced(out, done); },
                       .outcome_is_line = true});
  });
}

void add_agent(Front& front) {
  auto* command = front.command(
      nullptr, "agent", N_("stay in touch with headquarters in the background, until ended"),
      "sitelog agent");
  front.act(command, [&front](Output& out) { return run_agent(out, front.data()); });
}

// The last try ended before headquarters said what it holds.
bool is_shut_out(const json::object& status) {
  if (status.contains("shut_out")) return true;
  const auto* last = status.at("last_sync").if_object();
  const auto* failure = last != nullptr ? last->if_contains("failure") : nullptr;
  if (failure == nullptr) return false;
  const Reason reason = refusal_from(failure->as_object()).reason;
  return reason == Reason::kRevoked || reason == Reason::kHeldUp || reason == Reason::kWrongUnit;
}

std::string duration_text(int64_t minutes) {
  const int64_t hours = minutes / 60, days = hours / 24;
  if (days > 0) {
    return fill(tr("{} days and {} hours"), {std::to_string(days), std::to_string(hours % 24)});
  }
  if (hours > 0) {
    return fill(tr("{} hours and {} minutes"),
                {std::to_string(hours), std::to_string(minutes % 60)});
  }
  return fill(tr("{} minutes"), {std::to_string(minutes)});
}

// `offset_ms`: what headquarters' clock says more than this device's.
void tell_clock(Output& out, int64_t offset_ms) {
  const int64_t minutes = offset_ms / 60'000;
  if (minutes == 0) return;
  out.text(fill(minutes > 0 ? tr("this device's clock is off: {} behind headquarters'")
                            : tr("this device's clock is off: {} ahead of headquarters'"),
                {duration_text(std::abs(minutes))}));
  constexpr int64_t kDayMinutes = 24 * 60;
  if (std::abs(minutes) > kDayMinutes) {
    out.text(
        tr("that is more than a day: compare the dates on both sides first, for it may be "
           "headquarters' clock that is wrong"));
  }
}

// The ids that an answer lists there.
std::vector<std::string> records_in(const json::object& answer, const char* name) {
  std::vector<std::string> out;
  for (const auto& record : array_in(answer, name)) out.emplace_back(record.as_string());
  return out;
}

void show_status(Output& out, const json::object& status, Language language) {
  const json::object& entries = status.at("entries").as_object();
  out.text(
      fill(tr("Device {} of unit {}, headquarters {}"),
           {text_in(status, "name"), named(text_in(status, "unit_name"), text_in(status, "unit")),
            text_in(status, "headquarters")}));
  if (status.contains("here")) {
    const std::string here = text_in(object_in(status, "here"), "name");
    out.text(fill(tr("{} is at this device."), {on_one_line(here)}));
  }
  out.text(fill(
      tr("{} records; {} entries, {} of them made here"),
      {number_text(status, "records"), number_text(entries, "book"), number_text(entries, "own")}));
  const int64_t waiting = number_in(entries, "waiting").value_or(0);
  const std::string held = number_text(entries, "held");
  const auto since = number_in(status, "held_since");
  out.text(since ? fill(tr("held by headquarters: {} of the entries made here, the last since {}"),
                        {held, local_time(*since)})
                 : fill(tr("held by headquarters: {} of the entries made here"), {held}));
  if (waiting > 0) out.text(fill(tr("not synced yet: {} entries"), {std::to_string(waiting)}));
  for (const std::string& line : place_in_status(status)) out.text(line);
  if (is_shut_out(status)) {
    out.text(
        tr("headquarters has refused this device since: what it holds now can't be told from here, "
           "so keep this folder until it takes this device again"));
  }
  const auto returned = records_in(status, "returned");
  if (!returned.empty()) out.text(returned_text(returned));
  if (number_in(status, "to_send").value_or(0) > 0) {
    out.text(
        fill(tr("to send to those who judge it: {} (sitelog list --to-send, sitelog send --all)"),
             {number_text(status, "to_send")}));
  }
  if (const auto otherwise = records_in(status, "asked_otherwise"); !otherwise.empty()) {
    out.text(fill(tr("{} records wait where they would not by now, as units, roles or the campaign "
                     "changed ({}): send them again, to those who are asked now (sitelog send "
                     "--all)"),
                  {std::to_string(otherwise.size()), first_of(otherwise)}));
  }
  for (const auto& item : array_in(status, "withdrawn")) {
    const json::object& campaign = item.as_object();
    out.text(
        fill(tr("headquarters has withdrawn campaign {} ({}): {}. Its {} records here stay, but "
                "don't count"),
             {text_in(campaign, name_of(language)), text_in(campaign, "campaign"),
              on_one_line(text_in(campaign, "reason")), number_text(campaign, "records")}));
  }
  if (number_in(status, "conflicts").value_or(0) > 0) {
    out.text(fill(tr("conflicts to decide: {} (sitelog conflicts)"),
                  {number_text(status, "conflicts")}));
  }
  if (number_in(status, "quarantined").value_or(0) > 0) {
    out.text(
        fill(tr("in quarantine: {} (sitelog quarantine)"), {number_text(status, "quarantined")}));
  }
  if (const std::string rules = rules_text(status); !rules.empty()) out.text(rules);
  if (const auto offset = number_in(status.at("clock").as_object(), "offset_ms")) {
    tell_clock(out, *offset);
  }
  const auto& last = status.at("last_sync");
  if (last.is_null()) {
    out.text(tr("headquarters was never met yet"));
  } else {
    const json::object& sync = last.as_object();
    const std::string at = local_time(number_in(sync, "wall").value_or(0));
    const auto* failure = sync.if_contains("failure");
    out.text(failure != nullptr
                 ? fill(tr("last try {}: {}"), {at, message_of(refusal_from(failure->as_object()))})
                 : fill(tr("last in step with headquarters: {}"), {at}));
  }
}

void add_status(Front& front) {
  auto* command = front.command(
      nullptr, "status", N_("what is here, what headquarters holds, what waits"), "sitelog status");
  front.act(command, [&front](Output& out) {
    return front.call(
        out,
        {.operation = "status",
         .on_done = [&](const json::object& done) { show_status(out, done, front.language()); },
         .outcome_is_line = true});
  });
}

}  // namespace

void add_site_device_commands(Front& front) {
  add_join(front);
  add_sync(front);
  add_agent(front);
  add_status(front);
  add_verify_command(front);
}

}  // namespace sitelog
