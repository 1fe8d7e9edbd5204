"""The page of a lexicon as a Jupyter widget: Python reads and sets which entry it shows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hvm.errors import InputError
from hvm.show.explorer import explorer_page
from hvm.show.html import asset
from hvm.show.notebook import LexiconFrame
from hvm.symbols.convert import as_symbols

if TYPE_CHECKING:
    from hvm.learn.model import Model


def explorer_widget(model: Model, text: Any = None, selected: int | None = None) -> Any:
    """Return the page of a lexicon as a widget, or as the frame it is without ``anywidget``.

    Parameters
    ----------
    model : Model
        Fitted.
    text : Symbols, or what `as_symbols` takes, optional
        Of each entry the first places in it are shown.
    selected : int, optional
        The entry that is shown first.

    Returns
    -------
    anywidget.AnyWidget or LexiconFrame
        The widget's trait ``selected`` is the entry that is shown, None where it is a list: it
        follows what a reader clicks, and what is assigned to it is shown;
        ``widget.observe(act, "selected")`` acts on it. A frame without it where ``anywidget`` is
        not installed (``pip install hvm-learn[notebook]``).

    Raises
    ------
    InputError
        There is no such entry, here or in what is assigned later.
    """
    alphabet = model.alphabet_
    places = None if text is None else as_symbols(text, alphabet.unit, model.mode_, alphabet)
    n_entries = len(model.lexicon_)
    _require_entry(selected, n_entries)
    page = explorer_page(model, places)
    try:
        make = _widget_class()
    except ImportError:
        return LexiconFrame(page)
    return make(page=page, n_entries=n_entries, selected=selected)


def _require_entry(entry: int | None, n_entries: int) -> None:
    if entry is not None and not 0 <= entry < n_entries:
        raise InputError(f"selected must be None or an entry below {n_entries:,}, not {entry}")


@lru_cache(maxsize=1)
def _widget_class() -> Any:
    """Make the class, once; anywidget is imported when a widget is first asked for."""
    import anywidget
    import traitlets

    class LexiconWidget(anywidget.AnyWidget):
        """A lexicon to walk through; ``selected`` is the entry that is shown."""

        _esm = asset("widget.js")
        page = traitlets.Unicode().tag(sync=True)
        n_entries = traitlets.Int()
        selected = traitlets.Int(None, allow_none=True).tag(sync=True)

        @traitlets.validate("selected")
        def _is_entry(self, proposal: dict[str, Any]) -> int | None:
            entry: int | None = proposal["value"]
            _require_entry(entry, self.n_entries)
            return entry

    return LexiconWidget
