#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/operation.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/store/queries.hpp"

namespace sitelog {

// Where a list goes on: behind what was told last.
struct ListPlace {
  RecordPlace at;  // in some lists a number alone, or a record's id alone
  int64_t of = 0;  // how many there were when the first page was told
};

// Cursors of one list as one caller asks for it: places in it as words that mean nothing to anybody
// else. One of another list, of other arguments, of another scope or of another data folder is
// refused, as is one that was altered; what it says is never trusted for more than a place.
class ListCursors {
 public:
  // `named_by`: the arguments that make it this list and no other.
  ListCursors(const SigningKey& key, std::string_view list, const OperationCall& call,
              const std::vector<std::string>& named_by);

  std::string after(const ListPlace& place) const;
  // Of the argument "cursor"; nothing where none was given. Refuses kInvalidValue.
  Result<std::optional<ListPlace>> given() const;

 private:
  std::string seal(std::string_view place) const;

  const OperationCall& call_;
  Hash secret_;  // of this list as it is asked for
};

Argument cursor_argument();
Argument page_limit_argument();
// Of an answer: where there is more, the cursor to go on with.
Member next_member();

}  // namespace sitelog
