#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "campaign/calendar.hpp"
#include "engine/limits.hpp"
#include "sync/ledger/answer.hpp"

// The arguments of an operation: what its row says of them, and their values once read.
namespace sitelog {

struct Operation;

enum class ArgumentType {
  kText,
  kInteger,
  kFlag,
  kTexts,
  kFields,  // an object: names that are data, texts or other JSON as values
  kChoice,  // one of some words
  kDate,    // a day, as campaign/calendar reads it: parse_day
  kRecord,  // a record, as engine/record_names reads it
  kSeen,    // what somebody saw: a digest or its code, as engine/seen reads it
  kUnit,    // a unit's code
  kPath,    // of a file or folder at the machine that owns the data folder
};
const char* name_of(ArgumentType type);

// What a text argument may hold. Of a file's content its own reader says what is wrong.
enum class Holds { kOneLine, kSeveralLines, kFile };

// What a row says of one argument.
struct Argument {
  std::string name;
  ArgumentType type = ArgumentType::kText;
  const char* help = "";  // a message id
  bool required = false;
  int64_t min = 0;  // bytes of a text; the least integer; the fewest texts or fields
  int64_t max = 0;
  std::vector<std::string> choices = {};
  Holds holds = Holds::kOneLine;

  Argument needed() &&;
  Argument holding(Holds what) &&;
  Argument between(int64_t least, int64_t most) &&;
};

namespace argument {
Argument text(std::string name, const char* help);
Argument integer(std::string name, int64_t least, int64_t most, const char* help);
Argument flag(std::string name, const char* help);
Argument texts(std::string name, const char* help);
Argument fields(std::string name, const char* help);
Argument choice(std::string name, std::vector<std::string> choices, const char* help);
Argument date(std::string name, const char* help);
Argument record(std::string name, const char* help);
Argument seen(std::string name, const char* help);
Argument unit(std::string name, const char* help);
Argument path(std::string name, const char* help);
}  // namespace argument

// Values that fit their row. Asking for what the row doesn't declare, or by another type, is a bug.
class Arguments {
 public:
  bool has(const std::string& name) const;
  // Empty where not given. Texts, choices, records, units and paths.
  const std::string& text(const std::string& name) const;
  std::optional<std::string> given_text(const std::string& name) const;
  std::optional<int64_t> integer(const std::string& name) const;
  bool flag(const std::string& name) const;
  const std::vector<std::string>& texts(const std::string& name) const;
  const boost::json::object& fields(const std::string& name) const;
  // These, as given: equal for the same values alone.
  std::string written(const std::vector<std::string>& names) const;
  // Its year is 0 where only month and day were given.
  std::optional<Date> date(const std::string& name) const;

 private:
  friend Answer<Arguments> read_arguments(const Operation&, const boost::json::object&);
  using Value = std::variant<std::monostate, std::string, int64_t, bool, std::vector<std::string>,
                             boost::json::object, Date>;
  const Value& value(const std::string& name) const;

  std::map<std::string, Value> values_;  // every argument of the row
};

// Of an argument that has to be given and was not.
inline constexpr const char* kRequired = N_("this is required");
// Of a word that is none of an argument's choices, with those that there are.
inline constexpr const char* kNoSuchChoice = N_("there is no choice “{}”; there are: {}");
// What a refusal says of arguments, by their names; its problems are of them.
inline constexpr const char* kMissingOrWrong = N_("missing or wrong: {}");

// Reads strictly: unknown names, other types, what is missing, past a bound or none of the choices
// is refused, all of it at once, by argument: kUsage for what is missing or of another type,
// kMalformed for a text that is none or holds what a text may not (campaign/text), kInvalidValue
// and kTooLarge for a value out of bounds.
Answer<Arguments> read_arguments(const Operation& operation, const boost::json::object& given);

}  // namespace sitelog
