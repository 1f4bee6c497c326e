"""How the story is printed: steps, sentences in two languages, commands, shortened output."""

import os
import re
import shlex
import sys
import unicodedata


def language_of_environment():
    """As the programs choose it: Chinese, unless the locale is an English one."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "en" if os.environ[name].startswith("en") else "zh"
    return "zh"


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Teller:
    def __init__(self, language):
        self.language = language
        self.steps = 0
        self.colours = sys.stdout.isatty()

    def words(self, zh, en):
        return zh if self.language == "zh" else en

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colours else text

    def step(self, zh, en):
        self.steps += 1
        print("\n" + self.paint("1;36", f"{self.steps}. {self.words(zh, en)}"))

    def say(self, zh, en):
        print(self.words(zh, en))

    def command(self, words):
        """A command as it is typed; a single text is shown as it is."""
        typed = words[0] if len(words) == 1 else " ".join(quoted(word) for word in words)
        print("\n  " + self.paint("1", "$ " + typed))

    def output(self, text, most=8):
        lines = [line for line in text.splitlines() if line.strip()]
        hidden = len(lines) - most
        if hidden == 1:
            most, hidden = most + 1, 0
        for line in lines[:most]:
            print(self.paint("2", "    " + line))
        if hidden > 0:
            more = self.words(f"…（还有 {hidden} 行）", f"… ({hidden} more lines)")
            print(self.paint("2", "    " + more))

    def table(self, header, rows):
        """Texts to the left, numbers to the right."""
        lines = [[str(cell) for cell in row] for row in [header, *rows]]
        widths = [max(width(line[i]) for line in lines) for i in range(len(header))]
        right = [all(isinstance(row[i], (int, float)) for row in rows) for i in range(len(header))]
        print()
        for number, line in enumerate(lines):
            cells = [
                " " * (widths[i] - width(cell)) + cell if right[i]
                else cell + " " * (widths[i] - width(cell))
                for i, cell in enumerate(line)
            ]
            print(("    " + "  ".join(cells)).rstrip())
            if number == 0:
                print("    " + "-" * (sum(widths) + 2 * (len(widths) - 1)))


def quoted(word):
    return word if re.fullmatch(r"&|[\w@%+=:,./…-]+", word) else shlex.quote(word)
