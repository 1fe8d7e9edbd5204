"""Counts of words behind words, of words, and of the letters of their spellings.

Three codes stand on one another, each a Pitman-Yor code with one table a type: a word behind the
word before; where it is new there, a word by itself; where it is new altogether, its spelling,
letter by letter behind up to two letters before. The edge of a sequence is the word of no letters.

A word is its node in a trie of letters. Letters behind letters are counted likewise in rows, each a
node of a trie that is read backwards; only a letter that is new in a row counts in the shorter one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.kernels.jit import Int, helper, inner, kernel
from hvm.kernels.rows.counts import HALF, add
from hvm.kernels.table import Table, find, is_free, make_table, place, value_of, with_capacity

EDGE, ALONE = 0, 1  # the word without letters; the row of words by themselves, the trie's root
NONE = -1  # no such word
TOKENS, TYPES, FIRSTS = 0, 1, 2  # of a word's row; rows that hold the word
SHORTER = 2  # of a row of letters: the row behind one letter less; TOKENS and TYPES as above
DEPTH = 3
ORDER = 3  # letters of a trigram
WORDS_ALONE, WORDS_BEHIND = ORDER, ORDER + 1  # levels after those of letters behind 0, 1, 2
N_LEVELS = ORDER + 2
DISCOUNT, STRENGTH = 0, 1
ROOM = 1 << 14  # keys that tables have capacity for, to begin with


class Text(NamedTuple):
    """Sequences in which words are looked for."""

    codes: NDArray[np.int32]  # int32[n]; below 0 what the alphabet does not hold
    bounds: NDArray[np.int64]  # int64[s + 1]: first symbol of each sequence, then n
    n_symbols: int  # A: of the alphabet; also the letter that ends a spelling
    longest: int  # symbols of a word, at most


class Words(NamedTuple):
    """All counts. ``levels`` are given, the rest follows from a text and its cuts."""

    trie: Table  # (node << HALF | letter) -> node
    pairs: Table  # (word before << HALF | word) -> count
    rows: NDArray[np.int64]  # int64[K, 3]: TOKENS, TYPES, FIRSTS of each node
    backwards: Table  # (row of letters << HALF | letter before) -> row
    letters: Table  # (row of letters << HALF | letter) -> count
    letter_rows: NDArray[np.int64]  # int64[R, 4]: TOKENS, TYPES, SHORTER, DEPTH
    used: NDArray[np.int64]  # int64[2]: nodes, rows of letters
    levels: NDArray[np.float64]  # float64[N_LEVELS, 2]: DISCOUNT and STRENGTH


@kernel
def no_words(levels: NDArray[np.float64]) -> Words:
    """Return counts of nothing."""
    return Words(
        make_table(ROOM),
        make_table(ROOM),
        np.zeros((ROOM, 3), np.int64),
        make_table(ROOM),
        make_table(ROOM),
        np.zeros((ROOM, 4), np.int64),
        np.array([2, 1]),
        levels,
    )


@kernel
def _longer(rows: NDArray[np.int64], n: Int) -> NDArray[np.int64]:
    """Rows with at least so many, zeros behind the old ones."""
    if len(rows) >= n:
        return rows
    more = np.zeros((2 * n, rows.shape[1]), np.int64)
    more[: len(rows)] = rows
    return more


@helper
def with_room(words: Words, n: Int) -> Words:
    """Return the counts with capacity for the words of a sequence of so many symbols.

    Parameters
    ----------
    words : Words
        Not to be used afterwards.
    n : int

    Returns
    -------
    Words
    """
    # At most n words and the edge; each is spelled with one letter more than it has.
    return Words(
        with_capacity(words.trie, n),
        with_capacity(words.pairs, n + 1),
        _longer(words.rows, words.used[0] + n),
        with_capacity(words.backwards, ORDER * (2 * n + 1)),
        with_capacity(words.letters, ORDER * (2 * n + 1)),
        _longer(words.letter_rows, words.used[1] + ORDER * (2 * n + 1)),
        words.used,
        words.levels,
    )


# -- letters ---------------------------------------------------------------------------------


@inner
def _letter_before(text: Text, begin: Int, at: Int):
    """The letter before a place in a word; before its first stands what ends a spelling."""
    return np.int64(text.codes[at - 1]) if at > begin else np.int64(text.n_symbols)


@inner
def letter_probability(words: Words, text: Text, begin: Int, at: Int, letter: Int):
    """Probability of a letter in a word, given those before it.

    Parameters
    ----------
    words : Words
    text : Text
    begin, at : int
        Where the word and where the letter stands in the text.
    letter : int
        A code, or ``n_symbols`` for the end of the spelling.

    Returns
    -------
    float
    """
    probability, row = 1.0 / (text.n_symbols + 1.0), np.int64(0)
    for depth in range(ORDER):
        tokens, types = words.letter_rows[row, TOKENS], words.letter_rows[row, TYPES]
        if tokens == 0:
            break
        discount, strength = words.levels[depth, DISCOUNT], words.levels[depth, STRENGTH]
        count = value_of(words.letters, row << HALF | np.int64(letter), 0)
        probability *= strength + discount * types
        if count > 0:
            probability += count - discount
        probability /= tokens + strength
        if depth + 1 == ORDER or at - depth < begin:
            break
        row = value_of(words.backwards, row << HALF | _letter_before(text, begin, at - depth), NONE)
        if row == NONE:
            break
    return probability


@inner
def _longest_row(words: Words, text: Text, begin: Int, at: Int):
    """The row of the letters before a place, made where there is none yet."""
    row = np.int64(0)
    for depth in range(ORDER - 1):
        if at - depth < begin:
            break
        key = row << HALF | _letter_before(text, begin, at - depth)
        cell = find(words.backwards, key)
        if is_free(words.backwards, cell):
            longer = words.used[1]
            words.used[1] += 1
            words.letter_rows[longer, SHORTER] = row
            words.letter_rows[longer, DEPTH] = depth + 1
            place(words.backwards, cell, key, longer)
            row = longer
        else:
            row = words.backwards.cells[2 * cell + 1]
    return row


@inner
def _change_spelling(words: Words, text: Text, begin: Int, end: Int, step: Int) -> None:
    """Count the letters of a word, and the end behind them, once more or once less."""
    for at in range(begin, end + 1):
        letter = np.int64(text.codes[at]) if at < end else np.int64(text.n_symbols)
        row = _longest_row(words, text, begin, at)
        while True:
            key = row << HALF | letter
            add(words.letters, key, step)
            words.letter_rows[row, TOKENS] += step
            count = value_of(words.letters, key, 0)
            if count != (1 if step > 0 else 0):
                break
            words.letter_rows[row, TYPES] += step
            if row == 0:
                break
            row = words.letter_rows[row, SHORTER]


# -- words -----------------------------------------------------------------------------------


@inner
def word_alone(words: Words, word: Int, spelled: float):
    """Probability of a word by itself.

    Parameters
    ----------
    words : Words
    word : int
        A node, or ``NONE``.
    spelled : float
        Probability of its spelling.

    Returns
    -------
    float
    """
    tokens, types = words.rows[ALONE, TOKENS], words.rows[ALONE, TYPES]
    discount, strength = words.levels[WORDS_ALONE, DISCOUNT], words.levels[WORDS_ALONE, STRENGTH]
    probability = (strength + discount * types) * spelled
    if word != NONE and words.rows[word, FIRSTS] > 0:
        probability += words.rows[word, FIRSTS] - discount
    return probability / (tokens + strength)


@inner
def share_of_new(words: Words, word: Int):
    """What is left behind a word for words as they are by themselves."""
    if word == NONE:
        return 1.0
    discount, strength = words.levels[WORDS_BEHIND, DISCOUNT], words.levels[WORDS_BEHIND, STRENGTH]
    row = words.rows[word]
    return (strength + discount * row[TYPES]) / (row[TOKENS] + strength)


@inner
def share_of_pair(words: Words, before: Int, word: Int):
    """What a word has behind another of its own, beside its part of what is left.

    Parameters
    ----------
    words : Words
    before, word : int
        Nodes.

    Returns
    -------
    float
    """
    count = value_of(words.pairs, np.int64(before) << HALF | np.int64(word), 0)
    if count == 0:
        return 0.0
    discount, strength = words.levels[WORDS_BEHIND, DISCOUNT], words.levels[WORDS_BEHIND, STRENGTH]
    return (count - discount) / (words.rows[before, TOKENS] + strength)


@inner
def _node_of(words: Words, text: Text, begin: Int, end: Int):
    """The node of a word, made where there is none yet; the edge for no letter."""
    if begin == end:
        return np.int64(EDGE)
    node = np.int64(ALONE)
    for at in range(begin, end):
        key = node << HALF | np.int64(text.codes[at])
        cell = find(words.trie, key)
        if is_free(words.trie, cell):
            node = words.used[0]
            words.used[0] += 1
            place(words.trie, cell, key, node)
        else:
            node = words.trie.cells[2 * cell + 1]
    return node


@inner
def _change_word(words: Words, text: Text, before: Int, begin: Int, end: Int, step: Int):
    """Count a word behind another once more or once less; return it."""
    word, rows = _node_of(words, text, begin, end), words.rows
    key = np.int64(before) << HALF | word
    add(words.pairs, key, step)
    rows[before, TOKENS] += step
    # Only the first of its kind in a row counts in the row below.
    if value_of(words.pairs, key, 0) == (1 if step > 0 else 0):
        rows[before, TYPES] += step
        rows[word, FIRSTS] += step
        rows[ALONE, TOKENS] += step
        if rows[word, FIRSTS] == (1 if step > 0 else 0):
            rows[ALONE, TYPES] += step
            _change_spelling(words, text, begin, end, step)
    return word


@inner
def change_sequence(words: Words, text: Text, cuts: NDArray[np.bool_], number: Int, step: Int):
    """Count the words of a sequence, and its edge, once more or once less.

    Parameters
    ----------
    words : Words
        Changed; it has room for them.
    text : Text
    cuts : bool[n]
        True where a word begins.
    number : int
        Of the sequence; one without symbols counts for nothing.
    step : int
        1 or -1.
    """
    first, last = text.bounds[number], text.bounds[number + 1]
    if first == last:
        return
    begin, before = first, np.int64(EDGE)
    for end in range(first + 1, last + 1):
        if end == last or cuts[end]:
            before = _change_word(words, text, before, begin, end, step)
            begin = end
    _change_word(words, text, before, last, last, step)


@helper
def count_words(text: Text, cuts: NDArray[np.bool_], levels: NDArray[np.float64]) -> Words:
    """Count the words of a text that is cut.

    Parameters
    ----------
    text : Text
    cuts : bool[n]
        True where a word begins.
    levels : float64[N_LEVELS, 2]
        Discount and strength of each level.

    Returns
    -------
    Words
    """
    words = no_words(levels)
    for number in range(len(text.bounds) - 1):
        words = with_room(words, text.bounds[number + 1] - text.bounds[number])
        change_sequence(words, text, cuts, number, 1)
    return words
