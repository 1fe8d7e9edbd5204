"""What models and parses show of themselves: pictures, tables, pages; who draws is looked up."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvm.lexicon.lexicon import Lexicon
from hvm.lexicon.parsing import Parse
from hvm.plugins import Registry
from hvm.symbols.sequences import Symbols

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

VIEWS: Registry[Callable[..., Any]] = Registry(
    "view",
    "hvm.views",
    {
        "explore": "hvm.show.notebook:explore",
        "html": "hvm.show.notebook:model_html",
        "parse_html": "hvm.show.sentence:parse_html",
        "plot": "hvm.show.notebook:plot_lexicon",
        "plot_parse": "hvm.show.sentence:draw_parse",
        "plot_history": "hvm.show.notebook:plot_history",
        "tokenizer": "hvm.show.tokenizer:to_tokenizer",
        "units": "hvm.show.notebook:units_table",
        "variables": "hvm.show.notebook:variables_table",
    },
)
"""Each is a function of a fitted model, made above the learner, which knows none."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ParsedText(Parse):
    """A parse with what was parsed, so that it can be looked at.

    Attributes
    ----------
    lexicon : Lexicon
    symbols : Symbols
    """

    lexicon: Lexicon
    symbols: Symbols

    @classmethod
    def of(cls, parsed: Parse, lexicon: Lexicon, symbols: Symbols) -> ParsedText:
        """Return a parse with its lexicon and the symbols.

        Parameters
        ----------
        parsed : Parse
        lexicon : Lexicon
        symbols : Symbols

        Returns
        -------
        ParsedText
        """
        of_parse = {field.name: getattr(parsed, field.name) for field in fields(Parse)}
        return cls(**of_parse, lexicon=lexicon, symbols=symbols)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the first sequence: units in boxes, slots underlined and named.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; without it, a new figure.

        Returns
        -------
        matplotlib Axes

        Examples
        --------
        >>> from hvm import HVM
        >>> len(HVM().fit("abab" * 20).parse("ab").plot().texts)
        2
        """
        drawn: Axes = VIEWS["plot_parse"](self.lexicon, self, self.symbols, ax)
        return drawn

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        html: str = VIEWS["parse_html"](self.lexicon, self, self.symbols)
        return html


class Viewed:
    """A fitted model that can be looked at; in a notebook it shows its largest entries."""

    @property
    def units_(self) -> pd.DataFrame:
        """All atoms and chunks that are units, the most frequent first.

        Columns ``entry``, ``text``, ``kind``, ``count``, ``length`` (symbols, a slot counted as
        one), ``level`` and ``bits`` (what the unit costs by the lexicon alone).
        """
        table: pd.DataFrame = VIEWS["units"](self)
        return table

    @property
    def variables_(self) -> pd.DataFrame:
        """All variables, those that fill most slots first.

        Columns ``entry``, ``text``, ``count`` (slots filled), ``level``, ``n_fillers``,
        ``fillers`` (texts, the likeliest first) and ``frames`` (texts of chunks that hold it).
        """
        table: pd.DataFrame = VIEWS["variables"](self)
        return table

    def plot(self, ax: Axes | None = None, max_nodes: int = 24) -> Axes:
        """Draw the top of the lexicon: frames, their variables, what fills them.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; without it, a new figure.
        max_nodes : int
            Most entries.

        Returns
        -------
        matplotlib Axes

        Examples
        --------
        >>> from hvm import HVM
        >>> type(HVM().fit("abab" * 20).plot()).__name__
        'Axes'
        """
        drawn: Axes = VIEWS["plot"](self, ax, max_nodes)
        return drawn

    def plot_history(self, ax: Axes | None = None) -> Axes:
        """Draw the bits of lexicon and data by iteration.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; without it, a new figure.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        InputError
            The model was loaded: its file holds no history.

        Examples
        --------
        >>> from hvm import HVM
        >>> HVM().fit("abab" * 20).plot_history().get_xlabel()
        'iteration'
        """
        drawn: Axes = VIEWS["plot_history"](self, ax)
        return drawn

    def explore(self, path: str | os.PathLike[str] | None = None, text: Any = None) -> Any:
        """Walk through the lexicon: a page of its own, or a frame in a notebook.

        :func:`hvm.show.widget.explorer_widget` is the frame as a widget, of which Python knows and
        sets what it shows.

        Parameters
        ----------
        path : path, optional
            The file to write, ``.html``; without it, what a notebook shows is returned.
        text : Symbols, str, list or what :func:`hvm.as_symbols` takes, optional
            Of each entry the first places in it are shown.

        Returns
        -------
        object with ``_repr_html_``, or pathlib.Path
            The file, if there is one.

        Examples
        --------
        >>> from hvm import HVM
        >>> "iframe" in HVM().fit("abab" * 20).explore()._repr_html_()
        True
        """
        return VIEWS["explore"](self, path, text)

    def to_tokenizer(
        self, path: str | os.PathLike[str] | None = None, most_tokens: int = 100_000
    ) -> str | Path:
        """Export the units as a tokenizer.json, which ``tokenizers`` and ``transformers`` load.

        It cuts a text of characters into the units of :meth:`HVM.parse`; where two parses cost
        the same bits in as many units, it may take the other (docs/how-to/tokenizer.md).

        Parameters
        ----------
        path : path, optional
            The file to write; without it, its content is returned.
        most_tokens : int
            A frame with slots is a token for every way to fill them: more than this are refused.

        Returns
        -------
        str or pathlib.Path
            The content, or the file.

        Raises
        ------
        InputError
            Nothing is learned yet, symbols are no characters, or frames stand for too many texts.

        Examples
        --------
        >>> import json
        >>> from hvm import HVM
        >>> content = HVM(variables=False).fit("abab" * 20).to_tokenizer()
        >>> [text for text, score in json.loads(content)["model"]["vocab"]]
        ['a', 'b', 'ab', '<unk>']
        """
        made: str | Path = VIEWS["tokenizer"](self, path, most_tokens)
        return made

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        html: str = VIEWS["html"](self)
        return html
