#pragma once

#include <cstddef>
#include <cstdint>

// What a sheet may be. Whoever has more splits the file: nothing but its rows is in it.
namespace sitelog::limits {

inline constexpr size_t kSheetFileBytesMax = 64 * 1024 * 1024;
inline constexpr size_t kWorkbookEntriesMax = 4096;                  // files in the archive
inline constexpr uint64_t kWorkbookUnpackedBytesMax = 256ULL << 20;  // of all that is read
inline constexpr size_t kSharedTextsMax = 2'000'000;                 // of a workbook
inline constexpr size_t kStylesMax = 65'536;                         // a workbook's own limit
inline constexpr size_t kSheetsMax = 1024;
inline constexpr size_t kXmlDepthMax = 64;
inline constexpr size_t kSheetRowNumberMax = 1'048'576;  // what spreadsheets count to
inline constexpr size_t kSheetColumnNumberMax = 16'384;
inline constexpr size_t kSheetColumnsMax = 512;          // with something in them
inline constexpr size_t kCellTextBytesMax = 4 * 32'767;  // as spreadsheets hold it
// Of all cells together, an empty one to the left of another included.
inline constexpr size_t kSheetContentBytesMax = 192 * 1024 * 1024;
inline constexpr size_t kCellOverheadBytes = 32;

}  // namespace sitelog::limits
