"""Made speech to a child: sentences of a small grammar whose word classes are known.

Words are drawn by Zipf's law, sentences more evenly; verbs agree with their subjects. The classes
are what a learner should find as variables; pairs of sentences, of which one breaks agreement or
puts a word where its class does not stand, ask whether it did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvm.errors import require_whole

if TYPE_CHECKING:
    import pandas as pd

_WORDS = """
name: mummy daddy Anna Tom granny Ben Lucy Sam
animal: dog cat duck pig cow horse rabbit bear goat frog hen lion
toy: ball book car train doll block hat boat drum puzzle kite spoon
food: juice milk bread soup cheese cake rice banana porridge toast
body: nose hand foot mouth ear tummy knee elbow
place: box kitchen garden bath basket bed pram cupboard
adjective: big little red blue new funny soft old
determiner: the your a that this my
eats: eats wants likes sees takes finds
eat: eat want like see take find
eating: eating holding taking finding dropping watching
sleeping: sleeping jumping running hiding laughing crying
push: push throw bring open hold fix
subject: you we they
"""
CLASSES = {
    name: words.split()
    for name, _, words in (line.partition(": ") for line in _WORDS.strip().splitlines())
}
"""Words by class, the most frequent first."""

FRAMES = (
    "what is that ?",
    "look at {determiner} {animal} .",
    "where is the {toy} ?",
    "that is a {adjective} {animal} .",
    "do you want some {food} ?",
    "can you {push} the {toy} ?",
    "{name} is {eating} the {toy} .",
    "is that your {body} ?",
    "the {animal} is {sleeping} .",
    "put it in the {place} .",
    "{name} {eats} the {food} .",
    "what does the {animal} say ?",
    "{subject} {eat} the {toy} .",
    "let us {push} the {adjective} {toy} .",
    "where are your {animal}s ?",
    "the {animal}s are {sleeping} .",
    "no , not the {toy} .",
    "is {name} in the {place} ?",
    "show me {determiner} {body} .",
    "{subject} {eat} some {food} with {name} .",
)
"""Sentences with slots, the most frequent first."""

_BROKEN = (
    ("agreement of a verb", "{name} {eats} the {food} .", "{name} {eat} the {food} ."),
    ("agreement of a verb", "{subject} {eat} the {toy} .", "{subject} {eats} the {toy} ."),
    ("agreement of is", "the {animal}s are {sleeping} .", "the {animal}s is {sleeping} ."),
    ("kind of word", "can you {push} the {toy} ?", "can you the {push} {toy} ?"),
    ("kind of word", "put it in the {place} .", "put it in the {eats} ."),
    ("kind of word", "do you want some {food} ?", "do you want some {name} ?"),
)


def load_speech(n_lines: int = 10_000, seed: int = 0) -> str:
    r"""Return made speech to a child, a sentence a line, words and marks apart by spaces.

    Parameters
    ----------
    n_lines : int
    seed : int

    Returns
    -------
    str

    Raises
    ------
    InputError
        The number of lines is no whole number of 1 or more.

    Examples
    --------
    >>> load_speech(2)
    'put it in the bed .\nwhere is the doll ?\n'
    """
    require_whole("n_lines", n_lines, 1)
    rng = np.random.default_rng(seed)
    frames = rng.choice(FRAMES, n_lines, p=_zipf(len(FRAMES), 0.5)).tolist()
    words = _drawn(n_lines, rng)
    return "".join(f"{frame.format(**each)}\n" for frame, each in zip(frames, words, strict=True))


def load_tags() -> dict[str, str]:
    """Return the class of each word, as ``hvm show --tags`` takes them.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> load_tags()["duck"]
    'animal'
    """
    tags = {word: name for name, words in CLASSES.items() for word in words}
    return tags | {f"{animal}s": "animals" for animal in CLASSES["animal"]}


def load_pairs(n_pairs: int = 300, seed: int = 1) -> pd.DataFrame:
    """Return minimal pairs in the words of the made speech, as ``hvm pairs`` reads them.

    Parameters
    ----------
    n_pairs : int
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns ``good``, ``bad`` and ``paradigm``.

    Raises
    ------
    InputError
        The number of pairs is no whole number of 1 or more.

    Examples
    --------
    >>> load_pairs(2).columns.tolist()
    ['good', 'bad', 'paradigm']
    """
    import pandas as pd

    require_whole("n_pairs", n_pairs, 1)
    rows = []
    for number, words in enumerate(_drawn(n_pairs, np.random.default_rng(seed))):
        paradigm, good, bad = _BROKEN[number % len(_BROKEN)]
        rows.append((good.format(**words), bad.format(**words), paradigm))
    return pd.DataFrame(rows, columns=["good", "bad", "paradigm"])


def _drawn(n: int, rng: np.random.Generator) -> list[dict[str, str]]:
    """A word of each class, n times; the forms of a verb are drawn as one."""
    drawn = {
        name: rng.choice(len(words), n, p=_zipf(len(words))) for name, words in CLASSES.items()
    }
    drawn["eat"] = drawn["eats"]
    columns = {name: np.array(CLASSES[name])[ranks].tolist() for name, ranks in drawn.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _zipf(n: int, exponent: float = 1.0) -> NDArray[np.float64]:
    shares = np.arange(1.0, n + 1) ** -exponent
    normalised: NDArray[np.float64] = shares / shares.sum()
    return normalised
