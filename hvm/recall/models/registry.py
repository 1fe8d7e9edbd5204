"""Every model of trials by its name; a model is a file of this folder and one line here.

Nothing is loaded before it is asked for, so names cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvm.plugins import Registry
from hvm.recall.models.factory import Factory

if TYPE_CHECKING:
    from hvm.recall.models.running import TrialModel

MODELS: Registry[type | Factory] = Registry(
    "model",
    "hvm.trial_models",
    {
        "hvm": "hvm.recall.models.hvm:OnlineHVM",
        "hcm": "hvm.recall.models.hvm:ONLINE_HCM",
        "bigram": "hvm.recall.models.bigram:Bigram",
        "ppm": "hvm.recall.models.ppm:PPM",
        "ppm_decay": "hvm.recall.models.ppm:PPMDecay",
        "parser": "hvm.recall.models.parser:Parser",
        "repeats": "hvm.recall.models.repeats:Repeats",
        "lz78": "hvm.recall.models.lz78_tree:LZ78Tree",
        "hvm_relations": "hvm.recall.models.relations:RelationalHVM",
        "hvm_recoded": "hvm.recall.models.recoded:RecodedHVM",
        "hcm_recoded": "hvm.recall.models.recoded:RECODED_HCM",
        "ppm_recoded": "hvm.recall.models.recoded:RecodedPPM",
        "bigram_recoded": "hvm.recall.models.recoded:RecodedBigram",
    },
)
"""Classes of models by name, or factories of them; more by ``MODELS.register(name, class)``."""


def model_factory(name: str) -> Factory:
    """Return how to make a model, by its name.

    Raises
    ------
    InputError
        There is no such model.

    Examples
    --------
    >>> model_factory("bigram")(theta=0.99).get_params()
    {'theta': 0.99, 'alpha': 0.5, 'within_trial': False}
    """
    kind = MODELS.named(name)
    return kind if isinstance(kind, Factory) else Factory(kind)


def models() -> dict[str, Factory]:
    """Return how to make each model, by its name."""
    return {name: model_factory(name) for name in MODELS}


def make_model(name: str, **settings: Any) -> TrialModel:
    """Return a model by its name.

    Raises
    ------
    InputError
        There is no such model, or it has no such setting.
    """
    return model_factory(name)(**settings)
