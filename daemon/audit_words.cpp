#include "daemon/audit_words.hpp"

#include <utility>

#include "command/answer_fields.hpp"
#include "command/presentation.hpp"
#include "command/terminal/language.hpp"
#include "engine/call_auditor.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

using Words = std::pair<const char*, const char*>;

constexpr Words kOperations[] = {
    {"accounts.add", N_("add an account")},
    {"accounts.disable", N_("disable an account, or let it in again")},
    {"accounts.forget_second_factor", N_("take away a second factor")},
    {"accounts.give_second_factor", N_("give a second factor")},
    {"accounts.grant", N_("give an account a role")},
    {"accounts.list", N_("read the list of accounts")},
    {"accounts.require_second_factor", N_("say which roles need a second factor")},
    {"accounts.reset", N_("give an account a new set-up link or password")},
    {"accounts.withdraw", N_("take a role from an account")},
    {"audit.list", N_("read the audit list")},
    {"backup", N_("make a backup")},
    {"campaign.check", N_("check a campaign")},
    {"campaign.definition", N_("read a campaign's definition")},
    {"campaign.publish", N_("publish a campaign")},
    {"campaign.withdraw", N_("withdraw a campaign")},
    {"campaigns.list", N_("read the list of campaigns")},
    {"clock.confirm", N_("go by this computer's clock")},
    {"conflict.decide", N_("decide a conflict")},
    {"conflicts.list", N_("read the list of conflicts")},
    {"devices.admit", N_("let a device bring more")},
    {"devices.list", N_("read the list of devices")},
    {"devices.reinstate", N_("take a revocation back")},
    {"devices.revoke", N_("shut a device out")},
    {"exports.cancel", N_("end or remove an export")},
    {"exports.file", N_("fetch an export's file")},
    {"exports.list", N_("read the list of exports")},
    {"exports.show", N_("look at an export")},
    {"exports.start", N_("start an export")},
    {"invite", N_("invite a device")},
    {"odata", N_("read records by OData")},
    {"people.add", N_("add one of a unit's people")},
    {"people.forget_pin", N_("have somebody's PINs forgotten")},
    {"people.list", N_("read a unit's people")},
    {"people.names", N_("say what is asked of who records")},
    {"people.remove", N_("remove one of a unit's people")},
    {"policy.clear", N_("take a policy back")},
    {"policy.list", N_("read the policies")},
    {"policy.set", N_("set a policy")},
    {"quarantine.list", N_("read the list of quarantine")},
    {"record.add", N_("add a record")},
    {"record.add_many", N_("add many records")},
    {"record.comment", N_("comment on a record")},
    {"record.edit", N_("change a record")},
    {"record.review", N_("review a record")},
    {"record.send", N_("send a record to be judged")},
    {"record.show", N_("look at a record")},
    {"record.unvoid", N_("take a voiding back")},
    {"record.undo", N_("take a change back")},
    {"record.void", N_("declare a record void")},
    {"record.whole", N_("read a whole record")},
    {"records.export", N_("write records to a file")},
    {"records.list", N_("read the list of records")},
    {"report.board", N_("read how a campaign stands unit by unit")},
    {"report.progress", N_("read the table of progress")},
    {"report.statistics", N_("read the table of statistics")},
    {"review.many", N_("review many records")},
    {"review.select", N_("select records for review")},
    {"review.selection", N_("look at a selection")},
    {"review.undo", N_("take a verdict back")},
    {"rules.show", N_("read the judging rules")},
    {"rules.use", N_("set the judging rules")},
    {"status", N_("read how headquarters stands")},
    {"tokens.add", N_("make a token")},
    {"tokens.list", N_("read the list of tokens")},
    {"tokens.remove", N_("end a token")},
    {"units.add", N_("add a unit")},
    {"units.change", N_("change a unit")},
    {"units.import", N_("take units from a file")},
    {"units.list", N_("read the list of units")},
    {"units.remove", N_("withdraw a unit")},
    {"verify", N_("verify the data folder")},
};

constexpr Words kHappened[] = {
    {"done", N_("done")},
    {"refused", N_("not done")},
    {"broken_off", N_("broken off")},
    {"under_way", N_("under way, so far")},
    {"continued", N_("the list goes on from the file before")},
    {"signed_in", N_("signed in")},
    {"signed_out", N_("signed out")},
    {"signed_out_everywhere", N_("signed out everywhere")},
    {"sign_in_refused", N_("could not sign in")},
    {"code_asked_for", N_("gave the right password, and was asked for a code")},
    {"sign_in_put_off", N_("had to wait to sign in")},
    {"session_ended", N_("ended a session")},
    {"ended_session_shown", N_("an ended session was shown")},
    {"expired_secret_shown", N_("what ran out was shown")},
    {"unknown_session_or_token", N_("an unknown session or token was shown")},
    {"cross_site_refused", N_("another site's page was refused")},
    {"set_up", N_("set a password by a link")},
    {"set_up_refused", N_("a set-up link was refused")},
    {"password_changed", N_("changed the password")},
    {"second_factor_set_up", N_("set up a second factor")},
    {"second_factor_removed", N_("removed the second factor")},
};

constexpr Words kReasons[] = {
    {"not_permitted", N_("not allowed")},
    {"no_grant", N_("not allowed")},
    {"invalid_value", N_("not a value that is taken")},
    {"usage", N_("asked wrongly")},
    {"malformed", N_("asked wrongly")},
    {"too_large", N_("too much")},
    {"unknown_record", N_("no such record, or not theirs")},
    {"unknown_unit", N_("no such unit, or not theirs")},
    {"unknown_campaign", N_("no such campaign")},
    {"unknown_device", N_("no such device, or not theirs")},
    {"unknown_form", N_("no such form")},
    {"changed", N_("it had changed meanwhile")},
    {"not_saved", N_("could not be saved")},
    {"no_room", N_("the disk is nearly full")},
    {"unreachable", N_("too much at once")},
    {"folder_in_use", N_("somebody else was at it")},
    {"nothing_to_decide", N_("it was so already")},
    {"invalid_file", N_("the file was not taken")},
    {"unknown_link", N_("an unknown link")},
    {"used_link", N_("a link that was used")},
    {"replaced_link", N_("a link that was replaced")},
    {"unknown_field", N_("no such field")},
    {"revoked", N_("the device is shut out")},
    {"held_up", N_("the device is held up")},
    {"wrong_unit", N_("of another unit")},
    {"version", N_("another version")},
    {"not_headquarters", N_("not headquarters")},
    {"invitation_unknown", N_("no such link or invitation")},
    {"invitation_used", N_("a link or invitation that was used")},
    {"invitation_expired", N_("a link or invitation that ran out")},
    {"broken_chain", N_("not as its device wrote it")},
    {"bad_signature", N_("not as its device wrote it")},
    {"gap", N_("something in between is missing")},
    {"folder_newer", N_("the data folder is a newer version's")},
    {"folder_damaged", N_("the data folder is damaged")},
    {"folder_missing", N_("the data folder is missing")},
    {"folder_exists", N_("the data folder exists already")},
    {"not_joined", N_("no device of headquarters'")},
    {"wrong_code", N_("a wrong code")},
    {"with_code", N_("with a code of the second factor")},
    {"with_recovery_code", N_("with a recovery code")},
    {"too_many_tries", N_("too many wrong tries")},
};

constexpr Words kParts[] = {{"account", N_("account")},
                            {"unit", N_("unit")},
                            {"record", N_("record")},
                            {"device", N_("device")},
                            {"campaign", N_("campaign")},
                            {"form", N_("form")},
                            {"role", N_("role")},
                            {"id", N_("id")},
                            {"names", N_("names")},
                            {"verdict", N_("verdict")},
                            {"station", N_("station")},
                            {"for", N_("for")},
                            {"policy", N_("policy")},
                            {"selection", N_("selection")},
                            {"operation", N_("operation")},
                            {"accepted", N_("accepted")},
                            {"returned", N_("returned")},
                            {"refused", N_("refused")},
                            {"kind", N_("kind")},
                            {"level", N_("level")},
                            {"state", N_("held or planned, or void")},
                            {"review", N_("review")},
                            {"by", N_("made or changed last by")},
                            {"from", N_("from")},
                            {"to", N_("until")},
                            {"text", N_("with the text")},
                            {"changed", N_("changed since its review")},
                            {"conflicts", N_("in conflict")},
                            {"to_send", N_("to be sent")},
                            {"changed_since", N_("changed since the day")},
                            {"unexplained", N_("not explained")},
                            {"preview", N_("told only, not done")},
                            {"alone", N_("without the units below")},
                            {"records", N_("records")},
                            {"reviewed", N_("reviewed")},
                            {"unchanged", N_("said so already")},
                            {"left_out", N_("left out")},
                            {"yes", N_("yes")},
                            {"version", N_("version")},
                            {"pending", N_("pending")}};

constexpr Words kNamesAsked[] = {{"free", N_("any name")},
                                 {"picked", N_("picked from the list")},
                                 {"pin", N_("picked, with a PIN")}};

template <size_t N>
const char* find(const Words (&all)[N], const std::string& name) {
  for (const auto& [key, words] : all) {
    if (name == key) return words;
  }
  return nullptr;
}

// In words; the name itself where a newer version wrote it.
template <size_t N>
std::string said(const Words (&all)[N], const std::string& name) {
  const char* words = find(all, name);
  return words != nullptr ? tr(words) : name;
}

}  // namespace

const char* audited_operation_words(const std::string& operation) {
  return find(kOperations, operation);
}

const char* audited_reason_words(const std::string& reason) {
  return find(kReasons, reason);
}

std::string audit_who(const json::object& line) {
  const std::string how = text_in(line, "how");
  if (how == "folder") return tr("owner of the data folder");
  const std::string who = text_in(line, "who");
  return how == "token" ? fill(tr("{} (token)"), {who}) : who;
}

std::string audit_from(const json::object& line) {
  return text_in(line, "how") == "folder" ? std::string(tr("command line")) : text_in(line, "from");
}

std::string audit_what(const json::object& line) {
  const std::string operation = text_in(line, "operation");
  const std::string happened = said(kHappened, text_in(line, "what"));
  std::string out = happened;
  if (!operation.empty()) {
    out = said(kOperations, operation);
    if (text_in(line, "what") != "done") out = fill(tr("{}: {}"), {out, happened});
  }
  const std::string reason = text_in(line, "reason");
  return reason.empty() ? out : fill(tr("{} ({})"), {out, said(kReasons, reason)});
}

namespace {

// What the code itself names by a word: a policy, what is asked of who records, a verdict.
std::string word_of(const std::string& name, const std::string& value) {
  if (name == "policy") return policy_text(value);
  if (name == "names") return said(kNamesAsked, value);
  return said(kParts, value);
}

}  // namespace

std::string audit_about(const json::object& line, const Labels& labels,
                        const std::function<std::string(const std::string&)>& name_of_unit) {
  const std::string on = text_in(line, "on");
  const std::string operation = text_in(line, "operation");
  if (operation.empty()) return on;
  std::vector<std::string> out;
  for (const auto& [name, value] : audited_parts(on)) {
    std::string words = value;
    if (name == "role" || name == "for" || name == "station") words = labels.role(value);
    if (name == "station" && value == "mine") words = tr("mine");
    if (name == "verdict" || name == "policy" || name == "names" || name == "review") {
      words = word_of(name, value);
    }
    if (value == "yes") words = tr("yes");
    if (name == "unit") words = named(name_of_unit(value), value);
    if (name == "campaign") words = named(labels.campaign(value), value);
    if (name == "form") words = labels.form(value);
    if (name == "operation") words = said(kOperations, value);
    out.push_back(name.empty() ? words : labelled(said(kParts, name), words));
  }
  return joined(out);
}

}  // namespace sitelog
