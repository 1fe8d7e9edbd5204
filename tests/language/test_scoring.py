"""What a language model answers is a number of bits for every key, or an error."""

from __future__ import annotations

import numpy as np
import pytest

from hvm.errors import InputError
from hvm.language.scoring import _require_numbers


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_logits_that_are_no_numbers_are_an_error(value):
    scores = np.ones((3, 12))
    _require_numbers("owner/model", scores)
    scores[1, 4] = scores[0, 7] = value
    with pytest.raises(InputError, match=r"owner/model: .* 2 of 12 keys .* key 5: its weights"):
        _require_numbers("owner/model", scores)


def test_a_model_whose_weights_are_no_numbers_is_named(transformers, tmp_path):
    from hvm.language.models import load_language_model
    from tiny_models import bpe_tokenizer, tiny_model

    tokenizer = bpe_tokenizer(transformers)
    model = tiny_model(transformers, "gpt2", len(tokenizer))
    model.get_output_embeddings().weight.data.fill_(float("nan"))
    model.save_pretrained(tmp_path / "tiny")
    tokenizer.save_pretrained(tmp_path / "tiny")
    with pytest.raises(InputError, match="tiny: gives no number of bits"):
        load_language_model(tmp_path / "tiny", "cpu").surprisals({"a": [[1, 2, 3]]})
