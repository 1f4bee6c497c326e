#!/usr/bin/env bash
# Checks what the compiler doesn't: who may include whom (docs/architecture.md), that the pure
# folders stay pure, the size of files, and the formatting where clang-format is at hand.
set -u
cd "$1" || exit 2
failures=0
fail() {
  printf '%s\n' "$1"
  failures=$((failures + 1))
}

sources() { find "$@" -type f \( -name '*.cpp' -o -name '*.hpp' \) | sort; }

# may FOLDER ALLOWED…: a file below FOLDER includes project headers of FOLDER and ALLOWED only.
may() {
  local folder=$1 allowed
  allowed=$(printf '%s\n' "$@" | paste -sd '|')
  sources "$folder" | xargs grep -nE '^#include "' | grep -vE ":#include \"($allowed)/" >"$found"
  [ -s "$found" ] && fail "$folder may not include these:
$(cat "$found")"
}

found=$(mktemp)
trap 'rm -f "$found"' EXIT

may sync/ledger proto
may sync/merge proto sync/ledger
may sync/session proto sync/ledger sync/merge
may sync/store proto sync/ledger sync/merge sync/session
may sync/link proto sync/ledger sync/merge sync/session
may sheets sync/ledger
may campaign sync/ledger sync/merge sheets
may engine proto sync/ledger sync/merge sync/session sync/store sheets campaign
may command/terminal sync/ledger sheets campaign command/socket
may command/socket sync/ledger command/socket
may command sync/ledger sync/merge sync/store sheets campaign engine
may http sync/ledger sync/link campaign engine command/terminal
may daemon proto sync sheets campaign engine command http
may client proto sync sheets campaign engine command
may bench sync sheets campaign engine command http daemon client

# Pure: no I/O, no clock, no threads.
impure='#include <(boost/asio|boost/beast|sqlite3|openssl/ssl|thread|mutex|condition_variable|future|fstream|filesystem|chrono|ctime|unistd|sys/)|::now\(\)|getenv'
sources sync/ledger sync/merge sync/session sheets campaign | xargs grep -nE "$impure" >"$found"
[ -s "$found" ] && fail "the pure folders do no I/O and read no clock:
$(cat "$found")"

# Cryptography stands behind one header, so that another library can take OpenSSL's place.
sources sync/ledger sync/merge sync/session sheets campaign engine | grep -v '^sync/ledger/crypto_openssl.cpp$' |
  xargs grep -n '#include <openssl/' >"$found"
[ -s "$found" ] && fail "only sync/ledger/crypto_openssl.cpp includes OpenSSL here:
$(cat "$found")"

# Nobody outside sync/store knows of SQL, only of its ports. (bench/baseline is the bare table beside it.)
sql='#include (<sqlite3|"sync/store/sqlite)|\b(Database|Statement)\b|\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA) [A-Za-z?*(]'
sources sync sheets campaign engine command http daemon client bench | grep -vE '^(sync/store/|bench/baseline\.)' |
  xargs grep -nE "$sql" >"$found"
[ -s "$found" ] && fail "SQL stands in sync/store only:
$(cat "$found")"

statement='"(BEGIN|COMMIT|ROLLBACK|SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|WITH|PRAGMA)\b|#include <sqlite3|\bStatement\b'
sources sync/store | grep -v '^sync/store/sqlite/' | xargs grep -nE "$statement" >"$found"
[ -s "$found" ] && fail "SQL stands in sync/store/sqlite:
$(cat "$found")"

# Workbooks stand behind sheets (reading) and command/terminal (writing).
sources sync campaign engine command http daemon client bench | xargs grep -nE '#include <(zip|expat|iconv)\.h>' >"$found"
[ -s "$found" ] && fail "only sheets includes libzip, expat and iconv:
$(cat "$found")"

# The engine has doors and is none: no command line, socket or terminal.
doors='#include <(CLI/|sys/socket|sys/un|boost/asio|sys/ioctl|termios)|#include "command/'
sources engine | xargs grep -nE "$doors" >"$found"
[ -s "$found" ] && fail "engine has no command line, socket or terminal:
$(cat "$found")"

# An operation answers callers of any language: its words are message ids.
{ sources engine; ls daemon/*_operations.cpp client/site.cpp; } |
  xargs grep -nE '(^|[^_[:alnum:]])(tr|message_of)\(' >"$found"
[ -s "$found" ] && fail "operations translate nothing, doors do:
$(cat "$found")"

# The tour names files and functions that are there.
while IFS='|' read -r _ file function _; do
  file=$(tr -d ' `' <<<"$file")
  function=$(tr -d ' `' <<<"$function")
  case $file in */*.?pp) ;; *) continue ;; esac
  grep -qsE "(^|[^A-Za-z_])${function}([^A-Za-z_]|$)" "$file" || fail "docs/tour.md: there is no $function in $file"
done <docs/tour.md

# What pages say is tested is tested by that name.
{
  grep -ohE '\btest_[a-z0-9_]+\(' tests/process/*.py | tr -d '('
  ls tests/process tests/unit/* tests/store tests/session | sed 's/\.cpp$//'
} | sort -u >"$found"
while read -r name; do
  fail "docs: there is no $name"
done < <(grep -ohE '`(test_[a-z0-9_]+(\.py)?|[a-z0-9_]+_test)`' docs/*.md docs/decisions/*.md | tr -d '`' |
  sort -u | comm -23 - "$found")

while read -r file; do
  lines=$(wc -l <"$file")
  [ "$lines" -gt 700 ] && fail "$file has $lines lines: something in it wants a file of its own"
done < <(sources sync sheets campaign engine command http daemon client bench tests)

if command -v clang-format >/dev/null; then
  sources sync sheets campaign engine command http daemon client bench tests |
    xargs clang-format --dry-run --Werror >"$found" 2>&1 ||
    fail "not formatted (run ./dev format):
$(grep -E 'error:' "$found" | cut -d: -f1 | sort -u)"
else
  echo "clang-format is not installed: formatting not checked"
fi

if [ "$failures" -gt 0 ]; then
  echo "$failures kinds of untidiness"
  exit 1
fi
echo "tidy"
