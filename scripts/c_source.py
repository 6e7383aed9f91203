"""Reads C text the way the two house checks need it: code without comments, and the comments by line.

One pass over the characters, with the four states that matter (code, string, character, comment); blanks replace what
is taken out, so line and column stay true.
"""

import re

PIECES = re.compile(
    r'//(?:[^\\\n]|\\(?:\n|.))*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'',
    re.DOTALL,
)


class Comment:
    """A comment, or a run of // comments on lines that follow each other: text and first and last line, from 1."""

    def __init__(self, text, first, last):
        self.text, self.first, self.last = text, first, last


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def split(text, keep_strings=False):
    """Returns (code, comments): the text with comments (and the insides of strings) blanked, and the comments."""
    comments = []

    def take(match):
        piece = match.group(0)
        if piece[0] in "\"'":
            return piece if keep_strings else piece[0] + blank(piece[1:-1]) + piece[-1]
        first = text.count("\n", 0, match.start()) + 1
        last = first + piece.count("\n")
        run = comments and piece.startswith("//") and comments[-1].text.startswith("//")
        if run and comments[-1].last + 1 == first:
            comments[-1] = Comment(comments[-1].text + "\n" + piece, comments[-1].first, last)
        else:
            comments.append(Comment(piece, first, last))
        return blank(piece)

    return PIECES.sub(take, text), comments


def directives(text):
    """Yields (line, text) of each preprocessor line, comments gone and continued lines joined."""
    code, _ = split(text, keep_strings=True)
    lines = code.split("\n")
    at = 0
    while at < len(lines):
        first, line = at, lines[at]
        while line.endswith("\\") and at + 1 < len(lines):
            at += 1
            line = line[:-1] + " " + lines[at]
        at += 1
        if line.lstrip().startswith("#"):
            yield first + 1, line.strip()
