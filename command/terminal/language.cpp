#include "command/terminal/language.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "campaign/text.hpp"
#include "command/terminal/catalogue.hpp"

namespace sitelog {
namespace {

// The first of the usual variables that is set and not empty; empty where none is.
std::string_view language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

Language choose(std::string_view wanted) {
  if (wanted == "zh") return Language::kChinese;
  if (wanted == "en") return Language::kEnglish;
  return language_of_environment().starts_with("en") ? Language::kEnglish : Language::kChinese;
}

// A compiled catalogue (GNU MO, as msgfmt writes it on this machine): messages and what they are in
// another language. Damaged, it holds nothing. Never changes once read.
class MessageCatalogue {
 public:
  explicit MessageCatalogue(std::string_view bytes) : bytes_(bytes) {
    if (number_at(0) != kMagic) return;
    const uint32_t count = number_at(8);
    if (count > bytes_.size() / 8) return;
    const uint32_t originals = number_at(12);
    const uint32_t translations = number_at(16);
    for (uint32_t i = 0; i < count; ++i) {
      const auto original = text_at(uint64_t{originals} + uint64_t{8} * i);
      const auto translation = text_at(uint64_t{translations} + uint64_t{8} * i);
      // The empty message is the catalogue's header.
      if (!original.empty() && !translation.empty())
        messages_.emplace(original, translation.data());
    }
  }

  // Null where there is no translation.
  const char* find(std::string_view message) const {
    const auto at = messages_.find(message);
    return at != messages_.end() ? at->second : nullptr;
  }

 private:
  static constexpr uint32_t kMagic = 0x950412de;

  uint32_t number_at(uint64_t place) const {
    uint32_t out = 0;
    if (place + sizeof out <= bytes_.size()) std::memcpy(&out, bytes_.data() + place, sizeof out);
    return out;
  }
  // A text by its length and place, which stand at `entry`; it is followed by a zero byte.
  std::string_view text_at(uint64_t entry) const {
    const uint64_t length = number_at(entry);
    const uint64_t place = number_at(entry + 4);
    if (place + length >= bytes_.size() || bytes_[place + length] != '\0') return {};
    return bytes_.substr(place, length);
  }

  std::string_view bytes_;                                      // outlives it
  std::unordered_map<std::string_view, const char*> messages_;  // into bytes_
};

const MessageCatalogue& chinese() {
  static const MessageCatalogue catalogue(chinese_catalogue());
  return catalogue;
}

Language terminal_language = Language::kEnglish;
Side terminal_side = Side::kSite;

}  // namespace

Language set_terminal_language(std::string_view wanted) {
  terminal_language = choose(wanted);
  return terminal_language;
}

Language terminal_language_chosen() {
  return terminal_language;
}

void set_terminal_side(Side side) {
  terminal_side = side;
}

const char* tr(Language language, const char* msgid) {
  if (language == Language::kEnglish) return msgid;
  const char* found = chinese().find(msgid);
  return found != nullptr ? found : msgid;
}

std::string message_of(Language language, const Refusal& refusal) {
  std::vector<std::string> args;
  args.reserve(refusal.args.size());
  const bool speaks_in_words = refusal.reason == Reason::kMalformed ||
                               refusal.reason == Reason::kTooLarge ||
                               refusal.reason == Reason::kUnreachable;
  for (const std::string& arg : refusal.args) {
    const bool is_message = speaks_in_words || arg.find(' ') != std::string::npos;
    args.push_back(on_one_line(is_message ? tr(language, arg.c_str()) : arg));
  }
  return fill(tr(language, refusal.text.c_str()), args);
}

namespace {

// Where headquarters has other means than a site; null: what a site is told holds there too.
const char* advice_at_headquarters(Reason reason) {
  switch (reason) {
    case Reason::kUnknownForm:
    case Reason::kUnknownField:
      return N_(
          "Check the spelling; the forms of the campaign list what can be recorded. What is to be "
          "asked for is published here: sitelogd campaign publish FILE.");
    case Reason::kUnknownCampaign:
      return N_(
          "Look at sitelogd campaign list; what is not there is published with sitelogd campaign "
          "publish FILE.");
    case Reason::kUnknownUnit:
      return N_(
          "Look at sitelogd units list; what is not there is added with sitelogd units add or "
          "import.");
    case Reason::kUnknownRecord:
      return N_(
          "Check the name or number (sitelogd records list). What a site has not sent yet is not "
          "here.");
    case Reason::kUnknownDevice: return N_("Look at sitelogd devices list.");
    case Reason::kRevoked: return N_("sitelogd devices list says how each device stands.");
    case Reason::kNotPermitted:
    case Reason::kNoGrant:
      return N_("Nothing was done. Have it done by somebody who has the right.");
    case Reason::kUnreachable: return N_("Check the address and the network, and try again.");
    case Reason::kNoRoom: return N_("Make room on the disk, and try again.");
    default: return nullptr;
  }
}

const char* advice_message(Reason reason) {
  switch (reason) {
    case Reason::kMalformed:
    case Reason::kInvalidFile:
      return N_(
          "Nothing was taken over. Check that the file or message is complete and meant for "
          "Sitelog, or have it sent again.");
    case Reason::kTooLarge:
      return N_("Nothing was saved. Shorten the text or split it into several records or files.");
    case Reason::kUnknownForm:
    case Reason::kUnknownField:
      return N_(
          "Check the spelling; the forms of the campaign list what can be recorded. Perhaps this "
          "device has to sync first.");
    case Reason::kInvalidValue:
      return N_("Correct the value and try again; nothing else was changed.");
    case Reason::kUnknownRecord:
    case Reason::kUnknownUnit:
    case Reason::kUnknownCampaign:
    case Reason::kUnknownDevice:
      return N_(
          "Check the name or number. It may not have reached this device yet: sync and try again.");
    case Reason::kNotPermitted:
    case Reason::kNoGrant:
      return N_("What was recorded stays here. Ask headquarters for the right, then sync.");
    case Reason::kRevoked:
      return N_(
          "What was recorded stays here. Ask headquarters to take the revocation back (sitelogd "
          "devices reinstate); or join with a new data folder (--data FOLDER) and a new "
          "invitation: no invitation lets this folder's key in again.");
    case Reason::kHeldUp:
      return N_(
          "What was recorded stays here. Ask headquarters to look at what this device has sent, "
          "and "
          "to let it in again (sitelogd devices admit).");
    case Reason::kNoRoom:
      return N_(
          "Nothing is lost: everything recorded waits here and is sent once headquarters has made "
          "room on its disk. Tell them.");
    case Reason::kBrokenChain:
    case Reason::kBadSignature:
    case Reason::kGap:
      return N_(
          "What is sound was kept, the rest is set aside. Have it sent again by the device that "
          "wrote it.");
    case Reason::kWrongUnit:
      return N_("Check which unit this is meant for; it was not taken over.");
    case Reason::kVersion: return N_("Install the version named; recording goes on meanwhile.");
    case Reason::kNotHeadquarters:
      return N_("Check the address and the invitation; nothing was sent to the other side.");
    case Reason::kUnreachable:
      return N_(
          "Nothing is lost: everything recorded waits here and is sent at the next contact. Check "
          "the network and the address.");
    case Reason::kInvitationUnknown:
    case Reason::kInvitationUsed:
    case Reason::kInvitationExpired: return N_("Ask headquarters for a new invitation.");
    case Reason::kFolderInUse:
      return N_("Wait until the other Sitelog is done with the folder, or end it, and try again.");
    case Reason::kFolderNewer: return N_("Install the newer Sitelog; the folder was not changed.");
    case Reason::kFolderDamaged:
      return N_(
          "Check the disk and its free space. Keep the folder as it is; it can be repaired or "
          "taken back from headquarters.");
    case Reason::kFolderMissing:
      return N_("Check the path of the data folder, or set it up first.");
    case Reason::kFolderExists:
      return N_("Choose another folder, or go on with the one that is there; it was not changed.");
    case Reason::kNotJoined:
      return N_(
          "Set the data folder up first: a site with sitelog join, headquarters with sitelogd "
          "init.");
    case Reason::kNotSaved:
      return N_("Is the disk full or read-only, or may this user not write there?");
    case Reason::kNothingToDecide: return N_("Nothing needs doing: it is so already.");
    case Reason::kChanged:
      return N_("See what has changed, then do it again with the code as it is now, or leave it.");
    case Reason::kUsage:
    case Reason::kNotice: return N_("See --help for how to call it.");
  }
  return N_("See --help for how to call it.");
}

}  // namespace

const char* advice_for(Language language, Reason reason, Side side) {
  const char* own = side == Side::kHeadquarters ? advice_at_headquarters(reason) : nullptr;
  return tr(language, own != nullptr ? own : advice_message(reason));
}

const char* tr(const char* msgid) {
  return tr(terminal_language, msgid);
}

std::string message_of(const Refusal& refusal) {
  return message_of(terminal_language, refusal);
}

const char* advice_for(Reason reason) {
  return advice_for(terminal_language, reason, terminal_side);
}

}  // namespace sitelog
