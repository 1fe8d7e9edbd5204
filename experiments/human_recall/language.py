"""Language models: transcripts whose bits lie in a folder, and scoring them."""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.human_recall.series import KEY_COLUMNS, trials
from hvm.data.files import write_atomic
from hvm.recall.study.runs import transcript_of


def language_model_runs(folder: Path) -> dict[str, Path]:
    """Transcripts whose results lie in a folder, by name: NAME_trials.csv and others beside."""
    paths = sorted(folder.glob("*_trials.csv"))
    names = {path.name[: -len("_trials.csv")]: path for path in paths}
    return {name: path for name, path in names.items() if "shuffled" not in name}


def language_model_series(folder: Path) -> pd.DataFrame:
    """Each transcript twice: bits over the whole vocabulary, and among the six keys."""
    parts = []
    for name, path in language_model_runs(folder).items():
        table = pd.read_csv(path)
        for suffix in ("", "_six_keys"):
            bits = table[f"surprisal{suffix}_bits"]
            parts.append(
                table[KEY_COLUMNS].assign(model=f"llm_{name}{suffix}", surprisal_bits=bits)
            )
    return pd.concat(parts) if parts else pd.DataFrame()


def language_model_table(folder: Path) -> pd.DataFrame:
    """What was run, the mass on the six keys, and shuffled trials beside the same people's own."""
    rows = []
    for name, path in language_model_runs(folder).items():
        about = json.loads((folder / f"{name}_metadata.json").read_text("utf-8"))
        by_trial = pd.read_csv(path)
        row = {
            "transcript": name,
            "model": about["model"],
            "model_sha256": about["model_sha256"],
            "device": about["device"],
            "dtype": about["dtype"],
            "bos": " ".join(about["bos"]),
            "key_separator": repr(about["transcript"]["key_separator"]),
            "trial_separator": repr(about["transcript"]["trial_separator"]),
            "window_tokens": about["window_tokens"],
            "longest_transcript_tokens": about["longest_transcript_tokens"],
            "participants_with_sliding_window": about["participants_with_sliding_window"],
            "seconds": about["seconds"],
            "six_keys_mass": by_trial["six_keys_mass"].mean(),
        }
        rows.append({**row, **_shuffled_beside(folder, name, by_trial)})
    return pd.DataFrame(rows)


def _shuffled_beside(folder: Path, name: str, by_trial: pd.DataFrame) -> dict[str, float]:
    paths = sorted(folder.glob(f"{name}_shuffled*_trials.csv"))
    if not paths:
        return {}
    control = pd.read_csv(paths[0])
    same = by_trial[by_trial["participant"].isin(control["participant"])]
    columns = ("surprisal_bits", "surprisal_six_keys_bits")
    return {
        "shuffled_people": control["participant"].nunique(),
        **{f"own_{column}": same[column].mean() for column in columns},
        **{f"shuffled_{column}": control[column].mean() for column in columns},
    }


def run_language_model(source: str, folder: Path, settings: dict[str, Any]) -> None:
    """Score every transcript, and shuffled trials of some people; an interrupted run goes on."""
    from hvm.language.models import load_language_model
    from hvm.language.transcripts import shuffled

    kinds = {"digits": "digits", "letters_af": "letters"}
    people = trials().numbered()
    few = dict(itertools.islice(people.items(), settings["n_shuffled_people"]))
    control = shuffled(few, seed=settings["shuffle_seed"])
    model = load_language_model(source)
    for name in settings["transcripts"]:
        for label, sequences in ((name, people), (f"{name}_shuffled{len(few)}", control)):
            _score(model, label, sequences, transcript_of(trials(), kinds[name]), folder)


def _score(model: Any, label: str, people: dict[Any, Any], transcript: Any, folder: Path) -> None:
    def show_progress(done: int, total: int) -> None:
        print(f"{label}: {done} of {total} people", file=sys.stderr)

    begin = time.perf_counter()
    result = model.surprisals(people, transcript, cache=folder / "people", on_done=show_progress)
    about = {"seconds": time.perf_counter() - begin, **result.metadata}
    for kind, table in (("keys", result.table), ("trials", result.by_trial())):
        write_atomic(folder / f"{label}_{kind}.csv", table.to_csv(index=False).encode())
    write_atomic(folder / f"{label}_metadata.json", json.dumps(about, indent=1).encode())
