#pragma once

#include <chrono>
#include <cstddef>

#include "engine/limits.hpp"

// What one connection may bring and take, and how many there are.
namespace sitelog::limits {

inline constexpr size_t kHeadBytesMax = 16 * 1024;     // of a request: its first line and fields
inline constexpr size_t kHeadFieldsLooked = 64;        // more are refused
inline constexpr size_t kPreferencesLooked = 32;       // of languages, of ways to pack
inline constexpr size_t kOpenBodyBytesMax = 8 * 1024;  // of who has not shown who they are
inline constexpr size_t kBodyBytesMax = 4 * 1024 * 1024;
// Of all bodies that come or are worked off just now, as they are held; of these beyond what every
// connection has of its own, and of one account. JSON that is being read takes some times as much
// besides: of at most kLargeThreads large ones.
inline constexpr size_t kBodiesBytesMax = 64 * 1024 * 1024;
inline constexpr size_t kBodiesOfAccountBytesMax = 16 * 1024 * 1024;
static_assert(kBodyBytesMax >= 2 * size_t{kFileArgumentBytesMax}, "a file fits, as JSON");

// JSON makes a value of 24 bytes of two characters: so many values, so deep.
inline constexpr size_t kJsonValuesMax = 200'000;
inline constexpr size_t kJsonDepthMax = 16;

// A request's head has to be there so long after its first byte. Its body may stop for so long, and
// comes at so much in the long run (body_pace.hpp). Between two requests a connection may be
// silent.
inline constexpr std::chrono::seconds kHeadTime{10};
inline constexpr std::chrono::seconds kBodyTime{20};
inline constexpr size_t kBodyBytesPerSecondMin = 4 * 1024;
inline constexpr std::chrono::seconds kIdleTime{60};
inline constexpr std::chrono::seconds kUnreadTime{30};  // of an answer, nothing taken
inline constexpr std::chrono::seconds kFinishTime{2};
inline constexpr size_t kRequestsOfConnection = 10'000;

// Connections at a time; those that have shown no account yet, of these so many of one address. A
// place is lost to the next by who says nothing, or was answered (sync/link/strangers).
inline constexpr size_t kWebConnectionsMax = 2048;
inline constexpr size_t kWebStrangersMax = 256;
inline constexpr size_t kWebStrangersOfAddressMax = 64;
inline constexpr std::chrono::seconds kWebStrangersPatience{3};
inline constexpr size_t kConnectionsOfAccountMax = 64;
inline constexpr size_t kBodiesBeyondOpenMax =
    kBodiesBytesMax - kWebConnectionsMax * kOpenBodyBytesMax;
static_assert(kBodiesBeyondOpenMax >= 2 * kBodiesOfAccountBytesMax, "nobody has most of it");

// Operations at a time, each on a thread of its own; of one account; and those that wait.
inline constexpr size_t kCallThreads = 16;
inline constexpr size_t kCallsOfOneMax = 4;
inline constexpr size_t kCallsWaitingMax = 512;
inline constexpr size_t kCallsWaitingOfOneMax = 64;
// Those that write wait for a commit, which they share with others: nobody who reads waits for
// them.
inline constexpr size_t kWritingThreads = 32;
// Whatever has a body that is larger is read as JSON, which takes more memory than its text, and is
// a lot of work: few at a time.
inline constexpr size_t kLargeBodyBytes = 64 * 1024;
inline constexpr size_t kLargeThreads = 4;
inline constexpr size_t kLargeOfOneMax = 2;
// Where somebody waits for a thread, who has not read for so long loses theirs.
inline constexpr std::chrono::seconds kUnreadWhileOthersWait{5};
// Files go out by threads of their own: of who reads slowly they are held for hours.
inline constexpr size_t kDownloadThreads = 16;
inline constexpr size_t kDownloadsOfOneMax = 4;
inline constexpr size_t kDownloadsWaitingMax = 256;
inline constexpr size_t kDownloadsWaitingOfOneMax = 16;
// Passwords are looked at by few threads; of one address one at a time.
inline constexpr size_t kPasswordThreads = 2;
inline constexpr size_t kPasswordsWaitingMax = 128;
inline constexpr size_t kPasswordsWaitingOfOneMax = 16;

// Of an answer: held until its status is sent, so that what ends as a refusal is one; and what
// waits for the reader after that.
inline constexpr size_t kAnswerHeldBytes = 1024 * 1024;
inline constexpr size_t kAnswerWaitingBytes = 256 * 1024;

// Streams of events: at a time; of one account; how many events are kept for who comes back; how
// many records of a unit are told one by one of what came at once.
inline constexpr size_t kStreamsMax = 512;
inline constexpr size_t kStreamsOfAccountMax = 8;
inline constexpr size_t kEventsKept = 10'000;
inline constexpr size_t kEventsOfUnitMax = 500;
inline constexpr std::chrono::seconds kHeartbeat{15};
// What came within so long is told at once. Nobody being there for so long, nothing is noted.
inline constexpr std::chrono::milliseconds kEventsGathered{100};
inline constexpr std::chrono::minutes kEventsUnheard{10};

// Who is told to have a record open: for so long after they said it, of so many accounts.
inline constexpr std::chrono::seconds kLookingTime{60};
inline constexpr size_t kLookersMax = 512;

// The files of an installed page, as they are held in memory.
inline constexpr size_t kPageFileBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kPageFilesMax = 400;
inline constexpr size_t kPageFolderDepthMax = 8;

// Of a table to hand in that is made into a file: a workbook takes some hundred bytes a cell while
// it is made.
inline constexpr size_t kReportFileCellsMax = 500'000;

// One page of OData: rows, and how many records are looked at for it.
inline constexpr int64_t kODataPage = 1000;
inline constexpr size_t kODataLookedAt = 20'000;

}  // namespace sitelog::limits
