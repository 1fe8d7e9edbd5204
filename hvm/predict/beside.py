"""Work beside other work: kernels hold no lock, so two threads use two cores."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def beside(function: Callable[..., T], *arguments: Any) -> Callable[[], T]:
    """Begin to call a function in a thread that does not keep the program from ending.

    Parameters
    ----------
    function : callable
    *arguments
        Of the call.

    Returns
    -------
    callable
        Waits for the call to end, then returns what it returned or raises what it raised.

    Examples
    --------
    >>> total = beside(sum, [1, 2, 3])
    >>> total(), total()
    (6, 6)
    """
    values, errors = list[T](), list[BaseException]()

    def call() -> None:
        try:
            values.append(function(*arguments))
        except BaseException as error:  # raised again where the result is asked for
            errors.append(error)

    thread = Thread(target=call, daemon=True)
    thread.start()

    def result() -> T:
        thread.join()
        if errors:
            raise errors[0]
        return values[0]

    return result
