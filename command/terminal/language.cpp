#include "command/terminal/language.hpp"

#include <libintl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <clocale>
#include <cstdlib>

namespace sitelog {
namespace {

constexpr const char* kDomain = "sitelog";

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

// <prefix>/share/locale where this process runs <prefix>/bin/<program>; empty without /proc.
std::string catalogue_folder() {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length <= 0) return {};
  std::string path(buffer.data(), static_cast<size_t>(length));
  for (int level = 0; level < 2; ++level) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    path.resize(slash);
  }
  return path + "/share/locale";
}

}  // namespace

Language set_language(std::string_view wanted) {
  const Language language = choose(wanted);
  // glibc looks at LANGUAGE before the locale's own name, unless that name is exactly "C".
  // There is no English catalogue: under "en" every message is its own translation.
  ::setenv("LANGUAGE", language == Language::kChinese ? "zh" : "en", 1);
  for (const char* locale : {"C.UTF-8", "zh_CN.UTF-8", "en_US.UTF-8"}) {
    if (std::setlocale(LC_ALL, locale) != nullptr) break;
  }
  // Numbers in files and JSON keep their point and carry no separators.
  std::setlocale(LC_NUMERIC, "C");
  if (const std::string folder = catalogue_folder(); !folder.empty()) {
    ::bindtextdomain(kDomain, folder.c_str());
  }
  ::bind_textdomain_codeset(kDomain, "UTF-8");
  ::textdomain(kDomain);
  return language;
}

const char* tr(const char* msgid) {
  // The empty message would be the catalogue's header.
  if (*msgid == '\0') return msgid;
  return ::dgettext(kDomain, msgid);
}

std::string message_of(const Refusal& refusal) {
  std::vector<std::string> args;
  args.reserve(refusal.args.size());
  for (const std::string& arg : refusal.args) args.emplace_back(tr(arg.c_str()));
  return fill(tr(refusal.text.c_str()), args);
}

const char* advice_for(Reason reason) {
  switch (reason) {
    case Reason::kMalformed:
    case Reason::kInvalidFile:
      return tr(
          "Nothing was taken over. Check that the file or message is complete and meant for "
          "Sitelog, or have it sent again.");
    case Reason::kTooLarge:
      return tr("Nothing was saved. Shorten the text or split it into several records or files.");
    case Reason::kUnknownForm:
    case Reason::kUnknownField:
      return tr(
          "Check the spelling; the forms of the campaign list what can be recorded. Perhaps this "
          "device has to sync first.");
    case Reason::kInvalidValue:
      return tr("Correct the value and try again; nothing else was changed.");
    case Reason::kUnknownRecord:
    case Reason::kUnknownUnit:
    case Reason::kUnknownCampaign:
    case Reason::kUnknownDevice:
      return tr(
          "Check the name or number. It may not have reached this device yet: sync and try again.");
    case Reason::kNotPermitted:
    case Reason::kNoGrant:
      return tr("What was recorded stays here. Ask headquarters for the right, then sync.");
    case Reason::kRevoked:
      return tr("What was recorded stays here. Ask headquarters to enrol this device anew.");
    case Reason::kBrokenChain:
    case Reason::kBadSignature:
    case Reason::kGap:
      return tr(
          "What is sound was kept, the rest is set aside. Have it sent again by the device that "
          "wrote it.");
    case Reason::kWrongUnit:
      return tr("Check which unit this is meant for; it was not taken over.");
    case Reason::kVersion: return tr("Install the version named; recording goes on meanwhile.");
    case Reason::kNotHeadquarters:
      return tr("Check the address and the invitation; nothing was sent to the other side.");
    case Reason::kUnreachable:
      return tr(
          "Nothing is lost: everything recorded waits here and is sent at the next contact. Check "
          "the network and the address.");
    case Reason::kInvitationUnknown:
    case Reason::kInvitationUsed:
    case Reason::kInvitationExpired: return tr("Ask headquarters for a new invitation.");
    case Reason::kFolderInUse:
      return tr("Wait until the other Sitelog is done with the folder, or end it, and try again.");
    case Reason::kFolderNewer: return tr("Install the newer Sitelog; the folder was not changed.");
    case Reason::kFolderDamaged:
      return tr(
          "Check the disk and its free space. Keep the folder as it is; it can be repaired or "
          "taken back from headquarters.");
    case Reason::kFolderMissing:
      return tr("Check the path of the data folder, or set it up first.");
    case Reason::kFolderExists:
      return tr("Choose another folder, or go on with the one that is there; it was not changed.");
    case Reason::kNotJoined:
      return tr(
          "Set the data folder up first: a site with sitelog join, headquarters with sitelogd "
          "init.");
    case Reason::kNotSaved:
      return tr("Is the disk full or read-only, or may this user not write there?");
    case Reason::kNothingToDecide: return tr("Nothing needs doing: there is no conflict any more.");
    case Reason::kUsage: return tr("See --help for how to call it.");
  }
  return tr("See --help for how to call it.");
}

}  // namespace sitelog
