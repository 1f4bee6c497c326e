#include "command/terminal/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/width.hpp"

namespace sitelog {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
// Further in than any line that the program makes.
constexpr std::string_view kFurtherLines = "          ";

size_t columns_of(std::FILE* terminal) {
  winsize size{};
  if (::ioctl(::fileno(terminal), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

int exit_code(Reason reason) {
  switch (reason) {
    case Reason::kUnreachable:
    case Reason::kNotHeadquarters: return kExitUnreachable;
    case Reason::kUsage: return kExitUsage;
    default: return kExitRefused;
  }
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t plain = printable_bytes(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const uint32_t point = take_code_point(text);
    if (point == '\n' || point == '\t') {
      out += static_cast<char>(point);
    } else {
      out += kReplacement;
    }
  }
  return out;
}

std::string json_text(const boost::json::value& value) {
  std::string plain = boost::json::serialize(value);
  std::string_view rest = plain;
  size_t printable = printable_bytes(rest);
  if (printable == plain.size()) return plain;
  std::string out;
  out.reserve(plain.size());
  for (;; printable = printable_bytes(rest)) {
    out += rest.substr(0, printable);
    rest.remove_prefix(printable);
    if (rest.empty()) break;
    const uint32_t point = take_code_point(rest);
    if (point == kNotUtf8) {
      out += kReplacement;
    } else {
      // The library has escaped all below U+0020, so this stands inside a text; none is past
      // U+FFFF.
      std::array<char, 16> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(point));
      out += escaped.data();
    }
  }
  return out;
}

namespace {

boost::json::value value_as_data(const boost::json::value& value) {
  if (const auto* text = value.if_string()) {
    std::string shown = printable(*text);
    for (size_t at = shown.find('\n'); at != std::string::npos; at = shown.find('\n', at + 1)) {
      shown.insert(at + 1, kFurtherLines);
    }
    return boost::json::value(shown);
  }
  if (const auto* list = value.if_array()) {
    boost::json::array out;
    for (const auto& item : *list) out.emplace_back(value_as_data(item));
    return out;
  }
  if (const auto* object = value.if_object()) return as_data(*object);
  return value;
}

}  // namespace

boost::json::object as_data(const boost::json::object& said) {
  boost::json::object out;
  for (const auto& [name, value] : said) out[on_one_line(name)] = value_as_data(value);
  return out;
}

Output::Output(bool json, std::FILE* out, std::FILE* err)
    : json_(json), out_(out), err_(err), err_is_terminal_(::isatty(::fileno(err)) == 1) {}

Output::~Output() {
  if (!progress_shown_) return;
  std::fputs("\r\x1b[K", err_);
  std::fflush(err_);
}

void Output::write(std::FILE* to, std::string_view content) {
  if (out_lines_) return (to == out_ ? out_lines_ : err_lines_)->write(std::string(content));
  errno = 0;
  if (std::fwrite(content.data(), 1, content.size(), to) != content.size() ||
      std::fflush(to) != 0) {
    const int code = errno != 0 ? errno : EIO;
    if (!keeps_going_) throw std::system_error(code, std::generic_category(), "output");
    std::clearerr(to);
    if (left_out_.empty()) left_out_ = std::generic_category().message(code);
  }
}

size_t Output::columns() const {
  return ::isatty(::fileno(out_)) == 1 ? columns_of(out_) : 0;
}

void Output::keep_going() {
  keeps_going_ = true;
  std::signal(SIGPIPE, SIG_IGN);
}

void Output::stay() {
  keep_going();
  std::fflush(out_);
  std::fflush(err_);
  const auto in_words = [](uint64_t lines) {
    return fill(tr("({} lines were left out here: nobody took them)"), {std::to_string(lines)}) +
           "\n";
  };
  const auto in_json = [](uint64_t lines) {
    return boost::json::serialize(boost::json::object{{"left_out", lines}}) + "\n";
  };
  out_lines_ = json_ ? std::make_unique<LineWriter>(::fileno(out_), in_json)
                     : std::make_unique<LineWriter>(::fileno(out_), in_words);
  err_lines_ = std::make_unique<LineWriter>(::fileno(err_), in_words);
}

void Output::note_line(std::string line) const {
  SITELOG_ASSERT(err_lines_ != nullptr);
  err_lines_->write(std::move(line));
}

void Output::clear_progress() {
  if (!progress_shown_) return;
  progress_shown_ = false;
  write(err_, "\r\x1b[K");
}

void Output::line(const boost::json::object& object) {
  if (!json_) return;
  clear_progress();
  write(out_, json_text(object) + "\n");
}

void Output::text(std::string_view text) {
  if (json_) return;
  clear_progress();
  write(out_, printable(text) + "\n");
}

void Output::bytes(std::string_view content) {
  clear_progress();
  write(out_, content);
}

void Output::note(std::string_view text) {
  clear_progress();
  write(err_, printable(text) + "\n");
}

void Output::progress(std::string_view text) {
  if (!shows_progress()) return;
  if (text.empty()) return clear_progress();
  const std::string one_line = on_one_line(text);
  // One column stays free: a full line would wrap and could not be cleared.
  write(err_, "\r" + clipped(one_line, columns_of(err_) - 1) + "\x1b[K");
  progress_shown_ = true;
}

void Output::tell_problems(const std::vector<FieldProblem>& problems) {
  for (const FieldProblem& problem : problems) {
    const std::string message = message_of(problem.refusal);
    note(problem.field.empty() ? message
                               : fill(tr("{}: {}"), {on_one_line(problem.field), message}));
    boost::json::object told = to_json(problem);
    told["message"] = message;
    line({{"problem", std::move(told)}});
  }
}

namespace {

// Where what the reason advises would not help; null: it does.
const char* own_advice(const DetailedRefusal& refusal) {
  if (refusal.text == kCampaignIsWithdrawn) {
    return N_(
        "Ask headquarters which campaign this belongs to now. Why it was withdrawn: sitelog "
        "campaigns --withdrawn (at headquarters: sitelogd campaign list --withdrawn).");
  }
  if (refusal.reason != Reason::kInvalidValue) return nullptr;
  if (refusal.text.find("--confirm") != std::string::npos) {
    return N_(
        "Nothing was changed. If that is what is meant, give the same command again with "
        "--confirm; else leave it.");
  }
  if (refusal.text.find("--anyway") != std::string::npos) {
    return N_(
        "Nothing was changed. If that is what is meant, give the same command again with "
        "--anyway; else leave it.");
  }
  return nullptr;
}

}  // namespace

int Output::refused(const DetailedRefusal& refusal, const char* advice) {
  tell_problems(refusal.problems);
  const std::string message = message_of(refusal);
  if (json_) {
    boost::json::array args(refusal.args.begin(), refusal.args.end());
    boost::json::object error{
        {"reason", name_of(refusal.reason)}, {"message", message}, {"args", std::move(args)}};
    if (!refusal.problems.empty()) {
      boost::json::array problems;
      for (const FieldProblem& problem : refusal.problems) {
        boost::json::object told = to_json(problem);
        told["message"] = message_of(problem.refusal);
        problems.emplace_back(std::move(told));
      }
      error["problems"] = std::move(problems);
    }
    line({{"error", std::move(error)}});
  }
  note(fill(tr("Not done: {}"), {message}));
  if (advice == nullptr && refusal.reason == Reason::kInvalidFile && !refusal.problems.empty()) {
    advice = N_("Correct in the file what is listed above, and try again.");
  }
  if (advice == nullptr) advice = own_advice(refusal);
  note(fill(tr("What to do: {}"), {advice != nullptr ? tr(advice) : advice_for(refusal.reason)}));
  return exit_code(refusal.reason);
}

}  // namespace sitelog
