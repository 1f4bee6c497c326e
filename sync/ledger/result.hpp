#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Marks a message for translation without translating it: pure code names the message, the door
// shows it in the user's language.
#define N_(text) text

namespace sitelog {

// Why something expected was refused. Stable names: tools read them from JSON output.
enum class Reason {
  kMalformed,  // bytes that are not what they should be
  kTooLarge,   // past a limit
  kUnknownForm,
  kUnknownField,
  kInvalidValue,
  kUnknownRecord,
  kUnknownUnit,
  kUnknownCampaign,
  kUnknownDevice,
  kNotPermitted,  // the author has no right to this field, form or book
  kNoGrant,       // the author's device has no grant in this book (yet)
  kRevoked,       // the author's device was revoked before this entry
  kHeldUp,        // the author's device has brought more than headquarters keeps of one
  kNoRoom,        // headquarters' disk is nearly full
  kBrokenChain,
  kBadSignature,
  kGap,  // entries in between are missing
  kWrongUnit,
  kVersion,  // no protocol version in common
  kNotHeadquarters,
  kUnreachable,
  kInvitationUnknown,
  kInvitationUsed,
  kInvitationExpired,
  kFolderInUse,
  kFolderNewer,  // written by a newer Sitelog
  kFolderDamaged,
  kFolderMissing,
  kFolderExists,
  kNotSaved,  // the disk is full, or would not write
  kNotJoined,
  kNothingToDecide,
  kChanged,  // it is not what was shown any more
  kInvalidFile,
  kUsage,
  kNotice,  // nothing was refused: what is to be known beside it
};

const char* name_of(Reason reason);

// An expected refusal: a typed reason and a message with its arguments, translated at the edge.
struct Refusal {
  Reason reason{};
  std::string text;  // message id, English, with {} for each argument
  std::vector<std::string> args;

  bool operator==(const Refusal&) const = default;
};

// The message in English. `translated` replaces the message id where given.
std::string describe(const Refusal& refusal, const char* translated = nullptr);

// Between the items of a list in Chinese.
inline constexpr std::string_view kListMark = "、";

// Formats `text` with {} placeholders, or {N} for the Nth argument; never throws: a wrong template
// is returned as it is. A translation says {、} or {N、} of an argument that is a list, whose items
// arguments have with “, ” between them: Chinese puts that mark there.
std::string fill(const std::string& text, const std::vector<std::string>& args);

struct Done {
  bool operator==(const Done&) const = default;
};

// A value, or the refusal that stands in its place.
template <class T = Done>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Refusal refusal) : state_(std::move(refusal)) {}

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  T& operator*() & { return std::get<T>(state_); }
  const T& operator*() const& { return std::get<T>(state_); }
  T operator*() && { return std::get<T>(std::move(state_)); }
  T* operator->() { return &std::get<T>(state_); }
  const T* operator->() const { return &std::get<T>(state_); }
  const Refusal& refusal() const { return std::get<Refusal>(state_); }

 private:
  std::variant<T, Refusal> state_;
};

// A bug found: says where and aborts, in release builds too.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace sitelog

#define SITELOG_ASSERT(condition) \
  ((condition) ? void() : ::sitelog::assertion_failed(#condition, __FILE__, __LINE__))
