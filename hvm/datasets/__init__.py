"""Data that come along: small texts, made speech, worlds, people and pairs to try things on.

What comes in: nothing but sizes and seeds. What goes out: a text, symbols or a DataFrame. Nothing
is fetched; what is published elsewhere and larger is in :mod:`hvm.data`.

>>> from hvm import datasets
>>> datasets.load_rhymes().splitlines()[1]
'This is the malt that lay in the house that Jack built.'
"""

from hvm.datasets.listing import listing
from hvm.datasets.people import load_spreadsheet, load_synthetic_recall
from hvm.datasets.speech import load_pairs, load_speech, load_tags
from hvm.datasets.texts import load_help, load_rhymes
from hvm.datasets.worlds import load_world

__all__ = [
    "listing",
    "load_help",
    "load_pairs",
    "load_rhymes",
    "load_speech",
    "load_spreadsheet",
    "load_synthetic_recall",
    "load_tags",
    "load_world",
]
