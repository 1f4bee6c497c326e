#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/validation.hpp"
#include "sheets/sheet.hpp"
#include "sync/ledger/answer.hpp"

// Records of one form as rows of a sheet: which row says what the columns are, and what a row says.
namespace sitelog {

// Columns of a sheet of records that are no fields of the form. In the row of keys they stand so.
inline constexpr std::string_view kColumnRecord = "_record";       // the id, of one that is saved
inline constexpr std::string_view kColumnUnit = "_unit";           // the code of the one it is of
inline constexpr std::string_view kColumnVoid = "_void";           // why it was voided
inline constexpr std::string_view kColumnUnitName = "_unit_name";  // for the reader only
inline constexpr std::string_view kColumnReview = "_review";       // likewise
inline constexpr std::string_view kColumnChanged = "_changed_since";  // likewise
inline constexpr std::string_view kColumnConflict = "_in_conflict";   // likewise
inline constexpr std::string_view kColumnWaiting = "_waiting";        // at which station; likewise
inline constexpr std::string_view kColumnPerson = "_person";          // likewise
inline constexpr std::string_view kColumnExplanation = "_explain";    // of whatever is unusual

// What such a column is called for people; null for another key.
const Label* label_of_column(std::string_view key);

// The first rows among which the one with the columns' names must be.
inline constexpr size_t kHeaderRowsMax = 50;

// What a row of the sheet says.
struct SheetRecord {
  enum class Kind { kEvent, kBlank, kTotals };
  Kind kind = Kind::kBlank;
  RawInput input;           // of an event: texts by the fields' names and `_explain.FIELD`
  std::string explanation;  // of whatever is unusual in the row
  std::string record;       // the id that it says it has; `input` then has its blank fields too
  std::string unit;         // the code of the unit whose it says it is
  std::string void_reason;  // of a record that it says is voided
  std::vector<FieldProblem> problems;  // what can't be read as it stands
};

// The columns of one sheet, as found. A value.
class RecordSheet {
 public:
  // `rows` are the sheet's first, kHeaderRowsMax or all. The names stand in the first row that has
  // a column for all that the form requires; a row of keys among the first wins over one of labels,
  // whatever keys of another version it has too.
  // A name is a field's key or label, `*` and white space aside; "说明:LABEL" or `_explain.KEY`
  // explains one field, "说明" whatever is unusual. In a sheet that names records a column may have
  // the key of a field of another version. Refuses kInvalidFile: no such row, columns that are
  // there twice and, unless they are to be ignored, columns that the form does not know, all at
  // once.
  static Answer<RecordSheet> find(const Form& form, const std::vector<SheetRow>& rows,
                                  bool ignore_columns);

  size_t header() const { return header_; }  // its row's number
  // Columns that are not read, by their names.
  const std::vector<std::string>& ignored() const { return ignored_; }

  // What a row behind the header says; one that repeats the columns' keys says nothing.
  SheetRecord read(const SheetRow& row) const;

 private:
  struct Column {
    enum class What {
      kNothing,
      kField,
      kFormer,  // of another version, in an export
      kExplanation,
      kAllExplanations,
      kRecord,
      kAside,
      kUnknown
    };
    What what = What::kNothing;
    std::string key;    // of a field; of what is not known, where it may be one
    std::string shown;  // as it stands in the sheet
  };
  static Column column_of(const Form& form, std::string_view name);
  static std::vector<Column> columns_of(const Form& form, const SheetRow& row);
  // What is told where no row has all that is required: the nearest one.
  static DetailedRefusal incomplete(const Form& form, const SheetRow& row);
  bool repeats_keys(const SheetRow& row) const;
  static std::vector<std::string> missing(const Form& form, const std::vector<Column>& columns);
  std::vector<FieldProblem> check(const Form& form, bool ignore_columns);

  std::vector<Column> columns_;
  size_t header_ = 0;
  bool ignore_ = false;
  std::vector<std::string> ignored_;
};

// `input` with `explanation` for each of its fields that is unusual and not explained by itself.
// False where there is nothing to explain.
bool explain_all(const Definition& definition, const std::string& form, RawInput& input,
                 const std::string& explanation, const CheckContext& context);

}  // namespace sitelog
