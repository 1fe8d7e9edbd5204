"""Estimators: settings, and what scikit-learn asks of a model, which need not be installed."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from hvm.errors import InputError

E = TypeVar("E", bound="Estimator")


class Estimator(ABC):
    """Settings by name, as ``clone``, ``Pipeline`` and ``GridSearchCV`` of scikit-learn take them.

    X is a list of sequences, or whatever else :func:`hvm.as_symbols` takes.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings as they were set.

        Parameters
        ----------
        deep : bool
            Also those of an estimator among them, as ``name__setting``.

        Returns
        -------
        dict
            By name.

        Examples
        --------
        >>> from hvm import HVM
        >>> HVM(seed=3).get_params()["seed"]
        3
        """
        params = {name: getattr(self, name) for name in _parameters_of(type(self))}
        inner = [(name, value) for name, value in params.items() if isinstance(value, Estimator)]
        for name, value in inner if deep else []:
            params |= {f"{name}__{key}": setting for key, setting in value.get_params().items()}
        return params

    def set_params(self: E, **params: Any) -> E:
        """Change settings; what was learned stays.

        Parameters
        ----------
        **params
            By name; ``name__setting`` is one of an estimator among them.

        Returns
        -------
        Estimator
            The model itself.

        Raises
        ------
        InputError
            There is no setting of that name.

        Examples
        --------
        >>> from hvm import HVM
        >>> HVM().set_params(seed=3)
        HVM(seed=3)
        """
        known = _parameters_of(type(self))
        for name, value in params.items():
            outer, _, inner = name.partition("__")
            holder = getattr(self, outer) if outer in known else None
            if name in known:
                setattr(self, name, value)
            elif isinstance(holder, Estimator):
                holder.set_params(**{inner: value})
            else:
                raise InputError(
                    f"{type(self).__name__} has no parameter {name!r}: {', '.join(known)}"
                )
        return self

    def __repr__(self) -> str:
        known = _parameters_of(type(self))
        params = self.get_params(deep=False).items()
        changed = (f"{k}={v!r}" for k, v in params if v != known[k].default)
        return f"{type(self).__name__}({', '.join(changed)})"

    @property
    @abstractmethod
    def _knows_something(self) -> bool:
        """Whether anything was learned."""

    def __sklearn_is_fitted__(self) -> bool:
        return self._knows_something

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn, which alone asks, should know: X is sequences, and y nothing."""
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            input_tags=InputTags(two_d_array=False, string=True),
        )


class Scored(Estimator):
    """An estimator with a score of which more is better."""

    @abstractmethod
    def bits_per_symbol(self, symbols: Any) -> float:
        """Bits a symbol: less is better."""

    def score(self, symbols: Any, y: Any = None) -> float:
        """Minus the bits a symbol, so that more is better, as ``GridSearchCV`` takes it.

        Parameters
        ----------
        symbols : Symbols, str, bytes, array of int, or a list of these
        y : object
            Not used.

        Returns
        -------
        float
            0 or less; :meth:`bits_per_symbol` says the same in bits.

        Raises
        ------
        InputError
            Nothing is learned yet, or there is no symbol.

        Examples
        --------
        >>> from hvm import HVM
        >>> model = HVM().fit("abab" * 20)
        >>> model.score("abab") == -model.bits_per_symbol("abab")
        True
        """
        return -self.bits_per_symbol(symbols)


@cache
def _parameters_of(learner: type[Estimator]) -> Mapping[str, inspect.Parameter]:
    """Settings by name; looked up for every sequence that is observed, and slow to work out."""
    return inspect.signature(learner).parameters
