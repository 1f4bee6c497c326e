#!/usr/bin/env bash
# Runs one fuzzer that `./dev fuzz` has built: run.sh NAME SECONDS, or run.sh NAME merge.
set -euo pipefail
cd "$(dirname "$0")/../.."

name=$1
program=build/fuzz/bin/fuzz_$name
seeds=tests/fuzz/corpus/$name
found=build/fuzz/corpus/$name          # what earlier runs found worth keeping
findings=build/fuzz/findings/$name
crashers=()                            # what once broke a law, and must not again
[ -d "tests/fuzz/crashers/$name" ] && crashers=("tests/fuzz/crashers/$name")
dictionary=tests/fuzz/dictionaries/$name.dict
log=build/fuzz/$name.log
mkdir -p "$seeds" "$found" "$findings"

# One input must not need more memory than a connection may cost, nor more time than a person waits.
limits=(-rss_limit_mb=1024 -malloc_limit_mb=64 -timeout=10 "-artifact_prefix=$findings/")
limits+=(-entropic=0)  # its bookkeeping takes more time than the targets that have many edges
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=malloc_context_size=8
[ -f "$dictionary" ] && limits+=("-dict=$dictionary")

# Takes what earlier runs found into the committed corpus: small inputs that reach an edge nothing
# there reaches, the ones with most such edges first, and no more than is replayed in a moment.
if [ "$2" = merge ]; then
  merged=$(mktemp -d)
  trap 'rm -rf "$merged"' EXIT
  cp -r "$seeds" "$merged/all"
  mkdir "$merged/small"
  find "$found" -type f -size -3 -exec cp -t "$merged/small" {} +
  "$program" "${limits[@]}" -use_counters=0 -set_cover_merge=1 "$merged/all" "$merged/small" \
    >"$log" 2>&1
  count=0 bytes=0
  while read -r input; do
    [ -e "$seeds/$input" ] && continue
    size=$(stat -c %s "$merged/all/$input")
    [ $((count += 1)) -gt 100 ] && break
    [ "$(find "$seeds" -type f | wc -l)" -ge 190 ] && break
    [ $((bytes += size)) -gt 10240 ] && break
    cp "$merged/all/$input" "$seeds/"
  done < <(ls -tr "$merged/all")
  echo "$name: $(find "$seeds" -type f | wc -l) inputs, $(du -bs "$seeds" | cut -f1) bytes"
  exit
fi

cov() { grep -E "$1" "$log" | tail -1 | grep -oE 'cov: [0-9]+' | cut -d' ' -f2; }
"$program" "${limits[@]}" -runs=0 "$seeds" >"$log" 2>&1 || true
start=$(cov 'INITED|DONE' || true)

"$program" "${limits[@]}" -max_total_time="$2" -print_final_stats=1 \
  "$found" "$seeds" "${crashers[@]}" >"$log" 2>&1 || true
end=$(cov 'cov: ' || true)
runs=$(sed -n "s/^stat::average_exec_per_sec: *//p" "$log" | tail -1)
printf '%-16s edges %5s by the committed corpus, %5s now; %6s runs/s\n' \
  "$name" "${start:-?}" "${end:-?}" "${runs:-?}"

if ! grep -q '^Done ' "$log"; then
  found_in=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
  grep -E -m3 'this does not hold|internal error|ERROR: |runtime error:' "$log" || tail -5 "$log"
  if [ -n "$found_in" ]; then
    echo "  found: $found_in"
    echo "  again: $program $found_in"
    echo "  keep:  tests/fuzz/crashers/$name/, named by what it did"
  fi
  echo "  log:   $log"
  exit 1
fi
