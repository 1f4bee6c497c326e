#pragma once

#include <set>
#include <string>

#include "sync/session/message.hpp"
#include "tests/simulation/connection.hpp"
#include "tests/support/test_device.hpp"

// What must hold. Each throws Broken where it doesn't.
namespace sitelog::simulation {

// A device's name in messages.
std::string who(TestDevice& device);
// "book name" of every entry a device holds.
std::set<std::string> entries_of(TestDevice& device);

// What is acknowledged is in the acknowledger's file, as another connection to it sees it.
// A receipt that is passed on is signed by headquarters.
void check_signed(const Receipt& receipt, const PublicKey& headquarters);
// What headquarters signed and a hub could pass on, the device behind it counts as held, unless it
// has since met headquarters itself. Returns for how many of its streams.
size_t check_passed_on(TestDevice& site, TestDevice& hub);
void check_durable(Database& file, const Receipt& receipt);
// What a site takes for held by headquarters is held there.
void check_held(TestDevice& site, TestDevice& headquarters);
// Nothing of another unit's leaves for a site.
void check_scope_of(const Message& message, const TestDevice& to);
// Both ends say that they hold the same and nothing is on its way: then they do.
void check_word_of(Connection& connection);
// What a device writes goes on from all it knows of its stream, and never where that was forked.
void check_own_stream(TestDevice& device, const Written& written);
// A site holds its own unit's book and the common one, and nothing else.
void check_scope(TestDevice& device);
// No entry twice; the file is what follows from the entries.
void check_sound(TestDevice& device);
// Two replicas of a book hold the same and show the same.
void check_equal(TestDevice& site, TestDevice& headquarters, const BookCode& book);
// All that a site recorded is held by headquarters, and the site knows.
// Two that judge by different rules: they hold the same, and don't say that they show the same.
void check_held_alike(TestDevice& site, TestDevice& headquarters, const BookCode& book);
void check_all_held(TestDevice& site);

}  // namespace sitelog::simulation
