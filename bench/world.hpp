#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/processes.hpp"
#include "bench/workload.hpp"
#include "client/site.hpp"
#include "daemon/headquarters.hpp"

// Data folders of a headquarters and its sites, made and used by the libraries in this process.
namespace sitelog::bench {

inline constexpr const char* kCampaign = "bench";
inline constexpr const char* kCity = "city";  // the unit above the workload's 28

// The value of a result, or a BenchError that says what was refused.
template <class T>
T need(Result<T> result) {
  if (!result) throw BenchError(describe(result.refusal()));
  return std::move(*result);
}
template <class T>
T need(Answer<T> answer) {
  if (!answer) throw BenchError(describe(answer.refusal()));
  return std::move(*answer);
}

// Who asks for operations here.
Caller bench_caller();

// The unit of a workload's record: place-01 … place-28.
BookCode unit_of(const Put& record);
// All 29, the city last.
std::vector<BookCode> all_units();

// Sets up a headquarters with the bench's campaign, the 29 units and `more` of them.
void create_home(const std::string& folder, const std::vector<BookCode>& more = {});

struct NewSite {
  BookCode unit;
  std::string folder;
};
// Lets devices in as an invitation does, and sets up their folders as joining does; nothing is
// asked over the network. Nobody has the headquarters' folder open.
void enrol_sites(const std::string& home, const std::vector<NewSite>& sites);
// The identity of such a device alone, without a folder.
std::vector<Identity> enrol_identities(Headquarters& headquarters,
                                       const std::vector<BookCode>& units);

std::unique_ptr<Site> open_site_at(const std::string& folder);
std::unique_ptr<Headquarters> open_home(const std::string& folder);

// Saves new records on a site, 500 in one commit. Returns their ids.
std::vector<RecordId> record_on(Engine& engine, const std::vector<Put>& records);
// Edits records, all in one commit, as the workload's edits say.
struct EditOf {
  BookCode unit;
  RecordId record;
  Edit edit;
};
void edit_on(Engine& engine, const std::vector<EditOf>& edits);
// `new_records` new ones and an edit of each of the first `edits` of `known`, saved on a site.
void change_on(Engine& engine, const std::vector<RecordId>& known, size_t new_records, size_t edits,
               uint32_t seed);

// One sync, to the end. Throws BenchError where it is not caught up.
SyncOutcome sync_site(Engine& engine, const std::string& address);

// The next `count` records of the workload.
std::vector<Put> records_of(size_t count, uint32_t seed = 1);
boost::json::object fields_of(const Put& record);

// Copies a folder that nobody uses, and waits until the copy is on disk, so that writing it does
// not disturb what is measured next.
void copy_folder(const std::string& from, const std::string& to);
// Bytes of all files below it.
double bytes_of(const std::string& folder);

}  // namespace sitelog::bench
