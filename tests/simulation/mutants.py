#!/usr/bin/env python3
"""Deliberately broken builds, each of which the simulator, or the test that it names, must find.

    mutants.py [--seeds N] [--only NAME …]   builds and runs each; exits 1 where one was not found
    mutants.py --check                       only sees to it that each still fits the sources

A mutant is one place of the sources, changed. It is found when some seed fails within N (2000), or where
it names a test, as what the simulator does not play, when that fails.
"""

import argparse
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
COPY = SOURCE / "build" / "mutants" / "source"
BUILD = SOURCE / "build" / "mutants" / "build"
SIMULATION = "simulation"
# What every seed must pass without a mutation, before any is tried.
SOUND_SEEDS = 20


@dataclass
class Mutant:
    name: str
    file: str
    old: str
    new: str
    program: str = SIMULATION
    test: str = ""  # of that program: its name, or how it begins and "*"


MUTANTS = [
    Mutant("send before the commit", "tests/simulation/connection.cpp",
           "  device.store().commit();\n  if (fault == Fault::kCrashBeforeSend) return crash(end);\n",
           "  const bool dies = fault == Fault::kCrashBeforeSend;\n"
           "  if (!dies) send(end);\n  device.store().commit();\n  if (dies) return crash(end);\n"),
    Mutant("acknowledge what was not kept", "sync/session/book_entries.cpp",
           "  if (why.reason == Reason::kGap) {\n",
           "  if (why.reason == Reason::kGap) {\n"
           "    to_acknowledge_.push_back({batch.stream, batch.last(), {}});\n"),
    Mutant("do not sync at the commit", "sync/store/sqlite/schema.cpp",
           "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
    Mutant("ignore what an assignment replaces", "sync/merge/field_heads.cpp",
           "    out.insert(out.end(), made.replaces.begin(), made.replaces.end());",
           "    if (made.replaces.size() > 1) out.insert(out.end(), made.replaces.begin(), "
           "made.replaces.end());"),
    Mutant("go back one step too few for the last settled value", "sync/merge/field_heads.cpp",
           "      if (common && !replaced_[place]) {", "      if (common) {"),
    Mutant("drop a candidate of three", "sync/merge/field_heads.cpp",
           "    if (at == taken.end() || *at != name) out.push_back(&made.candidate);",
           "    if ((at == taken.end() || *at != name) && out.size() < 2) "
           "out.push_back(&made.candidate);"),
    Mutant("latest by the order of names", "sync/merge/field_heads.cpp",
           "std::tie(a.when, a.hybrid, a.entry) < std::tie(b.when, b.hybrid, b.entry)",
           "a.entry < b.entry"),
    Mutant("take any entry of the number for the one that is meant", "sync/store/sqlite/stream_table.cpp",
           "  const auto at = names.find(mark.name);\n"
           "  return at != names.end() ? at->second : 0;",
           "  return names.empty() ? 0 : names.begin()->second;"),
    Mutant("go on in a stream that was carried on elsewhere", "sync/store/replica.cpp",
           "      meta_->erase(epoch_key);\n", ""),
    Mutant("remember what a peer held before it was restored", "sync/session/book_entries.cpp",
           "  held_.clear();\n", ""),
    Mutant("believe what was held before a restore", "sync/store/sqlite/peer_table.cpp",
           "    if (!now.contains(stream_id)) delete_held_.with(device, stream_id).run();\n", ""),
    Mutant("take any word of being caught up for equality", "sync/session/book_entries.cpp",
           "  return std::find(words_.begin(), words_.end(), replica_.digest(book_)) != words_.end();",
           "  return !words_.empty();"),
    Mutant("no answer to a gap", "sync/session/book_entries.cpp",
           "    if (before == refused_.end()) return say_vector();",
           "    if (before == refused_.end()) return;"),
    Mutant("wait for what came before the peer had told its whole vector",
           "sync/session/book_entries.cpp",
           "    at = still_promised(at->first, at->second) ? std::next(at) : promised_.erase(at);",
           "    at = std::next(at);"),
    Mutant("take a part of a vector that differs for an equal one", "sync/session/vector_exchange.cpp",
           "    if (own.digest(part) == said.parts[i]) {",
           "    if (own.digest(part) == said.parts[i] || i % 16 == 7) {"),
    Mutant("let a tip stay in the tree when its stream grows", "sync/store/sqlite/stream_rows.cpp",
           "    tips_.remove(row.tip());\n", ""),
    Mutant("never ask where two ways part", "sync/session/book_entries.cpp",
           "    outbox_.push_back(Locate{book_, tip, replica_.samples(book_, tip)});", ""),
    Mutant("take a station's verdict for one on whatever is sent", "sync/merge/review.cpp",
           "  if (out && (out->of != state.sent_name() || out->unit != station.unit)) out.reset();",
           "  if (out && out->unit != station.unit) out.reset();"),
    Mutant("let the laxer of two verdicts that a station gave at once count", "sync/merge/stations.cpp",
           "  return weight(a, sent) > weight(b, sent);", "  return weight(a, sent) < weight(b, sent);"),
    Mutant("add to a record that was sent without a look at what was sent", "sync/merge/record_state.cpp",
           "  if (state.as_sent || concerns_stations(added.entry)) return false;",
           "  if (concerns_stations(added.entry)) return false;"),
    Mutant("leave what was sent as it counted by other rules", "sync/merge/merge_judging.cpp",
           "merges_stations_again_ && concerns_stations(*entry)", "false"),
    Mutant("let what was sent before come back with its verdicts", "sync/merge/record_state.cpp",
           "  if (!sent || sendings.is_past(*shown)) return std::nullopt;",
           "  if (!sent) return std::nullopt;"),
    Mutant("let what a station passed over come back", "sync/merge/sendings.cpp",
           "      for (const std::string& other : node.spoken_of) {\n"
           "        if (other != name) past_.insert(name);\n      }\n", ""),
    Mutant("show what is past of what was sent at once", "sync/merge/record_state.cpp",
           "    if (sendings.is_past(each.value)) continue;\n", ""),
    Mutant("let what is sent get around headquarters' voiding", "sync/merge/review.cpp",
           "    if (auto refused = refused_as_void(state)) return refused;\n", ""),
    Mutant("let the review of old answer what came after a station spoke", "sync/merge/review.cpp",
           " || spoke_of_another(state)) return std::nullopt;", ") return std::nullopt;"),
    Mutant("let a verdict follow the record into another campaign", "sync/merge/record_state.cpp",
           "    if (at != as_sent->end()) return at->second.is_cleared() ? nullptr : &at->second;", ""),
    Mutant("merge what a revoked device wrote afterwards", "sync/merge/merge_judging.cpp",
           "  if (grant == nullptr || !grant->revoked) return true;",
           "  if (grant == nullptr || grant->revoked || !grant->revoked) return true;"),
    Mutant("forget the entries that waited for a grant", "sync/merge/merge_work.cpp",
           "  if (learned.regrant) judge_again(record.book, {*learned.regrant, learned.as_before});",
           ""),
    Mutant("leave out one entry too many when judging again", "sync/merge/book_settings.cpp",
           "        if (!known.revoked) out.as_before = grant.kept;",
           "        out.as_before = grant.kept;"),
    Mutant("let one entry more of a record count than its chain may say", "sync/merge/merge_judging.cpp",
           "  if (share.fits(*most)) return std::nullopt;",
           "  if (share.entries <= most->entries + 1) return std::nullopt;"),
    Mutant("let each way of a fork count by itself what it says of a record",
           "sync/store/sqlite/sqlite_shelf.cpp",
           "known = {segment.from, out};", "known = {segment.from, {}};"),
    Mutant("take a record for one that only its first entry speaks of", "sync/merge/merge_work.cpp",
           "    } else if (extend(*record.state, item)) {\n      record.alone = false;\n",
           "    } else if (extend(*record.state, item)) {\n"),
    Mutant("forget the bytes of one entry more than is packed", "sync/store/sqlite/entry_writer.cpp",
           "SET bytes = NULL WHERE entry_id >= ?1 AND entry_id < ?2",
           "SET bytes = NULL WHERE entry_id >= ?1 AND entry_id <= ?2"),
    Mutant("keep a record in the counts of before", "sync/merge/merge_work.cpp",
           "    if (before->tally) count(book, *before->tally, -1);",
           "    if (before->tally && (now == nullptr || !now->tally)) "
           "count(book, *before->tally, -1);"),
    Mutant("show conflicts by the policy of before", "sync/merge/merge_work.cpp",
           "  if (learned.reshow) merge_conflicts_again(&record.book);", ""),
    Mutant("serve a device whatever book it asks for", "sync/store/replica.cpp",
           "  return common;", "  return streams_->books();"),
    Mutant("take the word of anybody for headquarters'", "sync/store/replica.cpp",
           "    peers_->note_held(peer.device, receipt.book, receipt.tips, receipt.wall, false);\n",
           "    peers_->note_held(authority_, receipt.book, receipt.tips, receipt.wall, false);\n"),
    Mutant("take a receipt that was passed on for nobody's word", "sync/store/replica.cpp",
           "receipt.wall > peers_->last_met(authority_)", "false"),
    Mutant("let a hub set the clock", "sync/store/replica.cpp",
           "  if (!peer.standing.is_authority() || !told) return;\n",
           "  if (!told) return;\n"),
    Mutant("pass over what headquarters says of a clock", "sync/merge/merge_work.cpp",
           "  return latest ? std::min(own, *latest) : own;", "  return own;"),
    Mutant("let a word about a clock speak of one entry more", "sync/merge/clock_words.cpp",
           "return word.upto < wanted; });", "return word.upto.value + 1 < wanted.value; });"),
    Mutant("show conflicts by what was said of a clock before", "sync/merge/book_settings.cpp",
           "    if (known.ahead != grant.ahead && device != authority_) out.retimed = device;\n", ""),
    Mutant("go on by the clock words of rules that hold no more", "sync/merge/merge_judging.cpp",
           "  if (heeds_clock_words() != heeded) {\n    merge_conflicts_again(nullptr);\n",
           "  if (heeds_clock_words() != heeded) {\n"),
    Mutant("take a replaced agreement key back", "sync/store/replica.cpp",
           "      if (assignment.value == said || ++taken == limits::kAgreementKeysMax) return true;\n",
           "      if (++taken == limits::kAgreementKeysMax) return true;\n"),

    # What was seen is what is signed.
    Mutant("take whatever there is for what was seen", "engine/change_as_seen.cpp",
           "if (seen && !codes.names(", "if (false && !codes.names("),
    Mutant("let headquarters change unseen what others wrote", "engine/change_as_seen.cpp",
           "if (!seen && !own && ", "if (false && "),
    Mutant("take a candidate by its place", "engine/authoring.cpp",
           "    if (!entry.starts_with(lower(given))) continue;", "    if (count > 0) continue;"),
    Mutant("let who has not looked decide a conflict", "engine/authoring.cpp",
           "if (seen || !state.conflicts.contains(field)) continue;", "if (true) continue;"),
    Mutant("give a verdict on the content alone", "engine/reviewing.cpp",
           "review_value(review, state_)",
           "review_value(review, content_digest(state_))"),
    Mutant("call a verdict good when the explanations are others", "sync/merge/review.cpp",
           "  if (differs(kReviewExplanations, explanation_digest(state))) return true;\n", ""),
    Mutant("leave out of what was seen how a conflict stands", "sync/merge/document.cpp",
           "for (const auto& conflict : stored.conflicts) hasher.add_sized(conflict);", ""),
    Mutant("tell of what has changed only what is new", "engine/record_changes.cpp",
           "if (earlier != nullptr && earlier->heads == state.heads) continue;",
           "if (earlier != nullptr) continue;"),
    Mutant("count records of no unit", "sync/store/sqlite/sqlite_queries.cpp",
           " AND code <> ''", ""),

    # How two tell each other what they hold.
    Mutant("remember all that a peer promises", "sync/session/book_entries.cpp",
           "    if (promises_ == kPromisesMax) return;\n", "",
           "session_tests", "what a peer promises is remembered up to a bound*"),
    Mutant("speak of parts without an end", "sync/session/vector_exchange.cpp",
           "said_.size() + waiting_.size() > limits::kRangesMax", "false",
           "session_tests", "a peer that speaks of more parts than a vector has*"),
    Mutant("take for held what is heard before all is told", "sync/session/book_entries.cpp",
           "replica_.peer_holds(peer_, book_, heard_, wall);",
           "replica_.peer_holds(peer_, book_, replica_.vector(book_), wall);"),

    # Clocks that stand ahead, and what one device may fill.
    Mutant("believe headquarters' clock when it has gone back", "sync/store/clock_belief.cpp",
           "if (doubtful && !long_enough) return false;", "",
           "store_tests", "while headquarters' clock has gone back it says nothing*"),
    Mutant("speak of a device's clock as often as it is ahead", "sync/store/owed_words.cpp",
           "if (ahead_ms > kShareMs - limits::kClockWordsApartMs) return false;", "",
           "store_tests", "however many streams a device begins that stand ahead*"),
    Mutant("keep every word about a clock", "sync/merge/clock_words.cpp",
           "while (out.size() > kWordsOfStreamMax) {", "while (out.size() > 100000) {",
           "unit_merge", "However often a device is spoken of its words stay few*"),
    Mutant("let an anchor lift what came before it", "sync/store/headquarters_words.cpp",
           "for (const auto& [book, device] : retimed) owe_words_of_device(book, device, now);", "",
           "store_tests", "an anchor lifts what came before it no later than its own coming*"),
    Mutant("tell a time that is in doubt", "sync/store/headquarters_words.cpp",
           "if (watch_ && !clock_belief().believe(now.wall)) return std::nullopt;", "",
           "store_tests", "while headquarters' clock has gone back it says nothing*"),
    Mutant("forget what is owed about clocks with the process", "sync/store/headquarters_words.cpp",
           "const bool lost = belief.owing && watch_->owed().empty();", "const bool lost = false;",
           "store_tests", "however many streams a device begins that stand ahead*"),
    Mutant("count what a device that is held up brings", "sync/merge/book_settings.cpp",
           "      grant.revoked = true;\n",
           "      grant.revoked = member(*revoked, \"held_up\") == nullptr;\n",
           "store_tests", "beyond the tips of a device that is held up nothing counts*"),
    Mutant("let a device bring more than its share", "sync/store/sqlite/stream_batches.cpp",
           "share.entries > most->entries || share.bytes > most->bytes", "false",
           "store_tests", "a device that brings more than its share is held up*"),
    Mutant("count what a device brings again", "sync/store/sqlite/stream_batches.cpp",
           "share.entries += batch.entries.size() - skipped;", "share.entries += batch.entries.size();",
           "store_tests", "what is held of a device is the same counted as it comes*"),
    Mutant("keep the last ways of a device that is held up", "sync/store/headquarters_words.cpp",
           "std::ranges::sort(found);", "std::ranges::sort(found, std::greater());",
           "store_tests", "of a device with more ways than a grant can list*"),
    Mutant("hold a device up for what another one brings", "sync/store/replica.cpp",
           "if (its_own && appended", "if (appended",
           "store_tests", "whoever brings what another device wrote*"),
    Mutant("let the program's word stand before a person's", "sync/store/headquarters_words.cpp",
           "return b_by_a_person;", "return a_by_a_person;",
           "store_tests", "a revocation comes back to a restored headquarters*"),
    Mutant("let a chain set as many fields as it likes", "sync/merge/judging_rules.hpp",
           " && assignments <= most.assignments", "",
           "store_tests", "the fields that one stream sets of a record*"),
    Mutant("let a device say of one record what it likes, in many streams", "sync/store/replica.cpp",
           "if (of_device) hold_up_for_one_record", "if (false) hold_up_for_one_record",
           "store_tests", "a device that says more of one record*"),
    Mutant("fill the disk to the last byte", "sync/store/headquarters_words.cpp",
           "space->free >= limits::disk_reserve(space->total)", "space->free > 0",
           "store_tests", "headquarters whose disk is nearly full*"),
]


def named_once(test, sources):
    name = test.removesuffix("*")
    return sum(source.count(f'"{name}') for source in sources) == 1


def check():
    tests = [path.read_text() for path in (SOURCE / "tests").rglob("*_test.cpp")]
    unfit = 0
    for mutant in MUTANTS:
        if (SOURCE / mutant.file).read_text().count(mutant.old) != 1:
            print(f"“{mutant.name}”: its text does not stand once in {mutant.file}")
            unfit += 1
        if mutant.test and not named_once(mutant.test, tests):
            print(f"“{mutant.name}”: there is not one test “{mutant.test}”")
            unfit += 1
    return unfit == 0


def copy_sources():
    """Only what differs, so that only that is built anew."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=SOURCE,
                            stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    wanted = {path for path in listed if (SOURCE / path).is_file()}
    for path in sorted(wanted):
        source, target = SOURCE / path, COPY / path
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def build(program):
    for command in (["cmake", "--preset", "release", "-B", str(BUILD), "-DCMAKE_UNITY_BUILD=OFF"],
                    ["cmake", "--build", str(BUILD), "--target", program]):
        done = subprocess.run(command, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout[-4000:])
            return False
    return True


def simulate(seeds):
    """The first failures, as the simulator tells them; nothing where all seeds pass."""
    done = subprocess.run([str(BUILD / "bin" / SIMULATION), "--seeds", str(seeds), "--failures", "1"],
                          stdout=subprocess.PIPE, text=True)
    return [line for line in done.stdout.splitlines() if line.startswith("seed ")]


def run_test(program, test):
    """What failed of it; nothing where it passes."""
    command = [str(BUILD / "bin" / program), test.replace(",", "\\,"), "-w", "NoTests"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return []
    failed = [line for line in done.stdout.splitlines() if "FAILED" in line]
    return failed or [f"{program} ended with {done.returncode}"]


def try_out(mutant, seeds):
    return run_test(mutant.program, mutant.test) if mutant.test else simulate(seeds)


def sound(chosen):
    """The sources as they are, before any is changed: what fails, or nothing."""
    for program in sorted({mutant.program for mutant in chosen}):
        print(f"building {program} without a mutation, and trying it", flush=True)
        if not build(program):
            return [f"{program} does not build"]
    failed = simulate(SOUND_SEEDS) if any(not mutant.test for mutant in chosen) else []
    for program, test in sorted({(mutant.program, mutant.test) for mutant in chosen if mutant.test}):
        failed += run_test(program, test)
    return failed


def main():
    parser = argparse.ArgumentParser(prog="./dev simulate --mutants", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2000, help="within so many a mutant must be found")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these mutants alone")
    parser.add_argument("--check", action="store_true", help="see only whether each fits the sources")
    options = parser.parse_args()
    if not check():
        return 1
    if options.check:
        print(f"{len(MUTANTS)} mutants fit the sources")
        return 0
    chosen = [mutant for mutant in MUTANTS if not options.only or mutant.name in options.only]
    copy_sources()
    if failed := sound(chosen):
        print("the sources fail as they are: " + failed[0])
        return 1
    missed = []
    for number, mutant in enumerate(chosen, 1):
        target = COPY / mutant.file
        original = target.read_text()
        target.write_text(original.replace(mutant.old, mutant.new))
        start = time.monotonic()
        try:
            built = build(mutant.program)
            found = try_out(mutant, options.seeds) if built else []
        finally:
            target.write_text(original)
        seconds = time.monotonic() - start
        if not found:
            missed.append(mutant.name)
        verdict = "found: " + found[0][:150] if found else ("NOT FOUND" if built else "does not build")
        print(f"{number}/{len(chosen)} {mutant.name} ({seconds:.0f} s): {verdict}", flush=True)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
