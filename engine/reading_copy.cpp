#include "engine/reading_copy.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "campaign/campaign_catalogue.hpp"
#include "engine/system.hpp"
#include "sync/store/data_file.hpp"

namespace sitelog {

namespace fs = std::filesystem;

Result<std::unique_ptr<ReadingCopy>> ReadingCopy::make(const std::string& from, const Owner& owner,
                                                       const OnOpening& on_opening) {
  const auto no_place = [](const std::string& why) {
    return Refusal{
        Reason::kNotSaved,
        N_("an older Sitelog wrote this folder, which can't be brought up to date on a read-only "
           "medium, and among the temporary files there is no place to do it in a copy ({}): set "
           "TMPDIR to a folder with room, or copy this folder to a disk"),
        {why}};
  };
  std::error_code none;
  std::string folder = (fs::temp_directory_path(none) / "sitelog-XXXXXX").string();
  if (none) return no_place(none.message());
  if (::mkdtemp(folder.data()) == nullptr) return no_place(std::strerror(errno));
  std::unique_ptr<ReadingCopy> out(new ReadingCopy(std::move(folder)));
  try {
    copy_database(from, out->database(), [](int64_t, int64_t) {});
  } catch (const StoreError& error) {
    if (error.kind() == StoreError::Kind::kFull) return no_place(error.what());
    throw;
  }
  CampaignCatalogue catalogue;
  StoreOptions options;
  options.on_opening = on_opening;
  const auto store = Store::open(out->database(), owner, catalogue, random_number, options);
  if (!store) return store.refusal();
  return out;
}

ReadingCopy::~ReadingCopy() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace sitelog
