"""The experiments by name; each folder's docstring begins with its question.

``python -m experiments`` lists them; ``python -m experiments.NAME`` runs one.
"""

from __future__ import annotations

from hvm.plugins import Registry

EXPERIMENTS = Registry[str](
    "experiment",
    "hvm.experiments",
    {
        "published": "experiments.published:__doc__",
        "worlds": "experiments.worlds:__doc__",
        "reference_worlds": "experiments.reference_worlds:__doc__",
        "bits": "experiments.bits:__doc__",
        "childes": "experiments.childes:__doc__",
        "babylm_compression": "experiments.babylm_compression:__doc__",
        "abstraction": "experiments.abstraction:__doc__",
        "levels": "experiments.levels:__doc__",
        "human_recall": "experiments.human_recall:__doc__",
        "tasks": "experiments.tasks:__doc__",
    },
)


def question(name: str) -> str:
    """What an experiment asks: the first line of its folder's docstring.

    Raises
    ------
    InputError
        There is no such experiment.
    """
    return EXPERIMENTS.named(name).splitlines()[0]
