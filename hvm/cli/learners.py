"""A learner as options ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvm.errors import InputError

if TYPE_CHECKING:
    from hvm.learn.model import Model


Options = dict[str, float | str | bool | None]
"""Parameters by name; None is one not asked for."""

_OPTIONS = {"engine": "cluster", "n_jobs": "jobs"}
"""What asks for a parameter, where it has another name."""


def learner(preset: str, seed: int, options: Options) -> Model:
    """Make an unfitted learner.

    Parameters
    ----------
    preset : str
        A name in :data:`hvm.learn.model.LEARNERS`.
    seed : int
        For a learner that chooses at random.
    options : dict
        Parameters by name.

    Returns
    -------
    Model

    Raises
    ------
    InputError
        There is no such learner, or it has no such parameter.
    """
    from hvm.learn.model import LEARNERS

    model = LEARNERS.named(preset)()
    params = {name: value for name, value in options.items() if value is not None}
    for name in params:
        if name not in model.get_params():
            option = _OPTIONS.get(name, name).replace("_", "-")
            raise InputError(
                f"--{option} is no option of --preset {preset}: this learner has no such choice"
            )
    if "seed" in model.get_params():
        params["seed"] = seed
    return model.set_params(**params)
