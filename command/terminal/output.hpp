#pragma once

#include <boost/json/fwd.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "command/terminal/line_writer.hpp"
#include "sync/ledger/answer.hpp"

namespace sitelog {

// What a command line ends with; scripts rely on these.
inline constexpr int kExitDone = 0;
inline constexpr int kExitRefused = 1;      // refused, or something given is invalid
inline constexpr int kExitUsage = 2;        // called wrongly
inline constexpr int kExitUnreachable = 3;  // headquarters cannot be reached

int exit_code(Reason reason);

// `text` fit for a terminal or a table's cell: what no text may hold (campaign/text) and broken
// UTF-8 become U+FFFD, so that nothing recorded elsewhere can steer what it is shown on. Line feeds
// and tabs stay.
std::string printable(std::string_view text);

// A value as JSON on one line; what JSON lets stand as it is and printable() would not is escaped.
std::string json_text(const boost::json::value& value);

// What an operation says, for people: every text in it as printable() makes it, its second and
// further lines so far in that none looks like a line of the program's own.
boost::json::object as_data(const boost::json::object& said);

// Where a command line speaks: to people, or, with `json`, to programs, one JSON object a line. A
// command calls line() and text() side by side; the one that is not wanted does nothing. Lives in
// main, on one thread; of a command that stays, lines, texts and notes from any. Writing to a full
// disk or a closed pipe throws std::system_error, until keep_going().
class Output {
 public:
  // The streams are borrowed and outlive this object.
  explicit Output(bool json, std::FILE* out = stdout, std::FILE* err = stderr);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  bool json() const { return json_; }
  // Of the terminal that shows the output; 0 where it goes elsewhere.
  size_t columns() const;

  // For a command that changes something, or that stays: from now on what can't be written is left
  // out, and the command goes on. Its status says what became of the change.
  void keep_going();
  // For a command that stays and serves: keep_going(), and from now on threads of their own write,
  // so that a reader who reads no more holds nobody up. What finds no room is counted and told.
  void stay();
  // What goes to the error stream of a command that stays. Any thread.
  void note_line(std::string line) const;
  // Why something was left out; empty: nothing was.
  const std::string& left_out() const { return left_out_; }

  // For programs: one compact JSON object and a line feed, at once.
  void line(const boost::json::object& object);
  // For people: printable(text) and a line feed.
  void text(std::string_view text);
  // For both: exactly these bytes (a file's content that was asked for, a QR code with its
  // colours).
  void bytes(std::string_view content);

  // A remark on the error stream, for people beside either kind of output.
  void note(std::string_view text);
  // Whether `progress` shows.
  bool shows_progress() const { return err_is_terminal_ && !err_lines_; }
  // The one changing line that says how far it is; only where the error stream is a terminal. The
  // next output, an empty text or the end of this object clears it.
  void progress(std::string_view text);

  // Says what happened, why, and what to do next, on the error stream; for programs also
  // {"error":{"reason":…,"message":…,"args":[…]}} on the output. Returns the exit code.
  // The problems of its parts come before, each a note and, for programs, a line
  // {"problem":{"field":…,"reason":…,"text":…,"args":[…],"message":…}}; the error has them all too.
  // `advice`: what to do next, where the reason alone doesn't say it.
  int refused(const DetailedRefusal& refusal, const char* advice = nullptr);
  int refused(const Refusal& refusal, const char* advice = nullptr) {
    return refused(DetailedRefusal(refusal), advice);
  }
  // The problems alone.
  void tell_problems(const std::vector<FieldProblem>& problems);

 private:
  void write(std::FILE* to, std::string_view content);
  void clear_progress();

  bool json_;
  std::FILE* out_;
  std::FILE* err_;
  bool err_is_terminal_;
  bool progress_shown_ = false;
  bool keeps_going_ = false;
  std::string left_out_;
  std::unique_ptr<LineWriter> out_lines_, err_lines_;  // of one that stays
};

}  // namespace sitelog
