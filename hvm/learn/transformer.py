"""HVMTransformer: texts to units that a model cuts them into, for scikit-learn's vectorisers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hvm.errors import InputError, require_choice
from hvm.learn.estimator import Estimator
from hvm.learn.hvm import HVM
from hvm.learn.model import Model
from hvm.learn.views import ParsedText
from hvm.lexicon.graph import entry_text
from hvm.symbols.convert import as_symbols
from hvm.symbols.sequences import Symbols, require_symbols

SLOTS = ("filled", "open")
"""Whether a unit is the text that it covers, or its frame, with its fillers after it."""


class HVMTransformer(Estimator):
    """Texts to the units of their best parse: what a vectoriser of scikit-learn counts.

    In a ``Pipeline`` it stands before ``CountVectorizer(analyzer=list)`` or
    ``TfidfVectorizer(analyzer=list)``; once fitted, :meth:`analyze` is such an analyzer itself.

    Parameters
    ----------
    model : Model, optional
        Whose settings are learned with; it stays as it is. By default ``HVM()``.
    unit : {"char", "word"}
        What a symbol of a text is.
    slots : {"filled", "open"}
        A unit is the text that it covers; or, where it has slots, its frame with the variables'
        ids in them (``where is the [V12] now ?``), and what fills each slot after it.

    Attributes
    ----------
    model_ : Model
        What was learned.

    Examples
    --------
    >>> frames = ("where is the {} now ?", "I see the {} there .")
    >>> texts = [f.format(pet) for pet in ("dog", "cat", "bird", "child") for f in frames] * 8
    >>> HVMTransformer(slots="open").fit(texts).transform(["I see the bird there ."])
    [['I see the [V24] there .', 'bird']]
    """

    model_: Model

    def __init__(
        self, model: Model | None = None, unit: str = "char", slots: str = "filled"
    ) -> None:
        self.model = model
        self.unit = unit
        self.slots = slots

    def fit(self, texts: Any, y: Any = None) -> HVMTransformer:
        """Learn the units of some texts, each a sequence.

        Parameters
        ----------
        texts : list of str, or what :func:`hvm.as_symbols` takes
        y : object
            Not used.

        Returns
        -------
        HVMTransformer
            The transformer itself.

        Raises
        ------
        InputError
            There is nothing to learn from, or a setting is out of range.

        Examples
        --------
        >>> HVMTransformer().fit(["abab" * 20]).model_.n_symbols_
        80
        """
        require_choice("slots", self.slots, SLOTS)
        training = require_symbols(as_symbols(texts, self.unit))
        model = HVM() if self.model is None else self.model
        if not isinstance(model, Model):
            raise InputError(f"model must be an HVM, not a {type(model).__name__}")
        self.model_ = type(model)(**model.get_params()).fit(training)
        return self

    def transform(self, texts: Any) -> list[list[str]]:
        """Cut texts into units.

        Parameters
        ----------
        texts : list of str, or what :func:`hvm.as_symbols` takes
            Each a sequence.

        Returns
        -------
        list of list of str
            The units of each text, in order.

        Raises
        ------
        InputError
            Nothing was fitted, or texts are of another unit.

        Examples
        --------
        >>> HVMTransformer().fit(["abab" * 20]).transform(["abc", ""])
        [['ab', 'c'], []]
        """
        if not self._knows_something:
            raise InputError("this HVMTransformer has learned nothing yet: call fit first")
        require_choice("slots", self.slots, SLOTS)
        alphabet = self.model_.alphabet_
        symbols = as_symbols(texts, alphabet.unit, "file", alphabet)
        parsed = self.model_.parse(symbols)
        units = list(self._units(parsed, symbols))
        ends = [*parsed.sequence_starts.tolist()[1:], len(units)]
        begins = parsed.sequence_starts.tolist()
        return [
            [text for unit in units[begin:end] for text in unit]
            for begin, end in zip(begins, ends, strict=True)
        ]

    def fit_transform(self, texts: Any, y: Any = None) -> list[list[str]]:
        """Learn the units of texts and cut these into them.

        Parameters
        ----------
        texts : list of str, or what :func:`hvm.as_symbols` takes
        y : object
            Not used.

        Returns
        -------
        list of list of str

        Raises
        ------
        InputError
            As :meth:`fit`.

        Examples
        --------
        >>> HVMTransformer().fit_transform(["abab" * 20])[0][:2]
        ['ab', 'ab']
        """
        return self.fit(texts, y).transform(texts)

    def analyze(self, text: str) -> list[str]:
        """Cut one text, as the ``analyzer`` of a vectoriser.

        Parameters
        ----------
        text : str

        Returns
        -------
        list of str

        Raises
        ------
        InputError
            As :meth:`transform`.

        Examples
        --------
        >>> HVMTransformer().fit(["abab" * 20]).analyze("abc")
        ['ab', 'c']
        """
        return self.transform([text])[0]

    def _units(self, parsed: ParsedText, symbols: Symbols) -> Iterator[list[str]]:
        """Texts of each unit: one, or that of the frame and of its fillers."""
        edges, slots = parsed.unit_starts.tolist(), parsed.slot_units.searchsorted
        first_slots = slots(range(len(parsed) + 1)).tolist()
        lexicon, alphabet = parsed.lexicon, symbols.alphabet
        fillers = [
            symbols.text(begin, end)
            for begin, end in zip(
                parsed.slot_starts.tolist(), parsed.slot_ends.tolist(), strict=True
            )
        ]
        for number, entry in enumerate(parsed.units.tolist()):
            of_unit = fillers[first_slots[number] : first_slots[number + 1]]
            if self.slots == "open" and of_unit:
                yield [entry_text(lexicon, alphabet, entry), *of_unit]
            else:
                yield [symbols.text(edges[number], edges[number + 1])]

    @property
    def _knows_something(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        """As of every estimator, and that it transforms."""
        from sklearn.utils import TransformerTags

        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=[])
        return tags
