#include "command/terminal/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "command/terminal/language.hpp"
#include "command/terminal/width.hpp"

namespace sitelog {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

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
  for (size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const char32_t code = character.code;
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    const bool direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    if ((control && code != '\n' && code != '\t') || direction || !character.valid) {
      out += kReplacement;
    } else {
      out += text.substr(at, character.bytes);
    }
    at += character.bytes;
  }
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
  write(out_, boost::json::serialize(object) + "\n");
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
  if (!err_is_terminal_ || err_lines_) return;
  if (text.empty()) return clear_progress();
  std::string one_line = printable(text);
  for (char& character : one_line) {
    if (character == '\n' || character == '\t') character = ' ';
  }
  // One column stays free: a full line would wrap and could not be cleared.
  write(err_, "\r" + clipped(one_line, columns_of(err_) - 1) + "\x1b[K");
  progress_shown_ = true;
}

void Output::tell_problems(const std::vector<FieldProblem>& problems) {
  for (const FieldProblem& problem : problems) {
    const std::string message = message_of(problem.refusal);
    note(problem.field.empty() ? message : fill(tr("{}: {}"), {problem.field, message}));
    boost::json::object told = to_json(problem);
    told["message"] = message;
    line({{"problem", std::move(told)}});
  }
}

int Output::refused(const DetailedRefusal& refusal) {
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
  note(fill(tr("What to do: {}"), {advice_for(refusal.reason)}));
  return exit_code(refusal.reason);
}

}  // namespace sitelog
