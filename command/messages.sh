#!/bin/sh
# The messages of the source tree against the Chinese catalogue.
#   messages.sh           names every message that is missing, fuzzy, empty or has other {} than the
#                         original; fails where there is one
#   messages.sh --update  merges new messages into po/zh.po, untranslated; drops nothing
set -eu
cd "$(dirname "$0")/.."
catalogue=command/po/zh.po
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Parts of messages that stand as plain text in the source are named by the function that takes
# them: malformed("…") and too_large("…") in the decoders, find(…, …, "…") in the verification.
# xgettext takes the digit separator of 10'000 for the start of a character; the copy has none.
for folder in daemon client http command engine campaign sheets sync; do
  [ -d "$folder" ] || continue
  find "$folder" -type f \( -name '*.cpp' -o -name '*.hpp' \)
done | LC_ALL=C sort > "$work/files"
while read -r file; do
  mkdir -p "$work/tree/$(dirname "$file")"
  sed -E "s/([0-9])'([0-9])/\1\2/g" "$file" > "$work/tree/$file"
done < "$work/files"
(cd "$work/tree" && xgettext --from-code=UTF-8 --language=C++ --keyword --keyword=N_ --keyword=tr \
  --keyword=malformed --keyword=too_large --keyword=find:3 \
  --add-location=file --package-name=sitelog --files-from="$work/files" --output="$work/all.pot")
# No message is a printf format: a percent sign is only that.
sed -i -E '/^#, .*c-format/d; s/charset=CHARSET/charset=UTF-8/' "$work/all.pot"
msgmerge --quiet --no-fuzzy-matching --no-wrap --add-location=file \
  "$catalogue" "$work/all.pot" --output-file="$work/merged.po"

if [ "${1:-}" = --update ]; then
  cp "$work/merged.po" "$catalogue"
fi

msgfmt --check --output-file=/dev/null "$catalogue"
# The catalogue entry by entry; {} are counted because an argument not shown says nothing.
failed=0
awk '
  function text(line) { sub(/^[^"]*"/, "", line); sub(/"$/, "", line); return line }
  function finish() {
    fault = ""
    if (id != "" && !obsolete) {
      if (fuzzy) fault = "fuzzy"
      else if (translation == "") fault = "missing"
      else {
        original = id
        if (gsub(/\{[0-9]?(、)?\}/, "", original) != gsub(/\{[0-9]?(、)?\}/, "", translation))
          fault = "placeholders"
      }
    }
    if (fault != "") { print fault ": \"" id "\""; bad = 1 }
    id = translation = part = ""; fuzzy = obsolete = 0
  }
  /^$/         { finish() }
  /^#~/        { obsolete = 1 }
  /^#,.*fuzzy/ { fuzzy = 1 }
  /^msgid /    { part = "id"; id = text($0) }
  /^msgstr /   { part = "translation"; translation = text($0) }
  /^"/         { if (part == "id") id = id text($0); else translation = translation text($0) }
  END          { finish(); exit bad }
' "$work/merged.po" || failed=1
if [ "$failed" -ne 0 ]; then
  echo "translate them in $catalogue (command/messages.sh --update adds new ones)"
fi
[ "${1:-}" = --update ] || exit "$failed"
