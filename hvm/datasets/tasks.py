"""Made-up files of other tasks, in the formats in which people's are published.

Every value is drawn, people included: times follow nothing but who it is and chance. They are there
to try programs on, and show nothing about people or models.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from hvm.data.files import make_folder, write_atomic
from hvm.datasets.texts import load_rhymes
from hvm.errors import InputError
from hvm.worlds.recall_task import RECALL_GROUPS, recall_sequences

Lines = list[str]
Files = dict[str, Lines]
"""Lines by the name of the file."""

MADE_UP = "MADE-UP.md"
"""Stands beside made-up files, and says what they are."""

MEDIAN_MS = 600.0
PEOPLE_SD, EVENTS_SD = 0.2, 0.35
"""Spread of log time between people, and between events of one."""


def write_task(name: str, folder: str | Path, n_participants: int = 6, seed: int = 1) -> list[Path]:
    """Write made-up files of a task, as ``hvm recall FOLDER --task NAME`` reads them.

    Parameters
    ----------
    name : str
        Of :data:`hvm.recall.tasks.registry.TASKS`, without ``keys``.
    folder : path
        Made if it is not there.
    n_participants : int
        Two at least.
    seed : int

    Returns
    -------
    list of Path
        Without the file that says that they are made up.

    Raises
    ------
    InputError
        There is no such task, or fewer than two participants are asked for.
    OutputError
        A file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> [path.name for path in write_task("word-times", folder)]
    ['batch2.txt', 'processed_wordinfo.tsv']
    """
    if name not in _WRITERS:
        raise InputError(
            f"there is no made-up task {name!r:.40}: name one of {', '.join(_WRITERS)}"
        )
    if n_participants < 2:
        raise InputError(f"n_participants must be 2 or more, not {n_participants}")
    make_folder(Path(folder))
    write_atomic(Path(folder, MADE_UP), f"{name}: every value is made up, by hvm.\n".encode())
    paths = []
    for file, lines in _WRITERS[name](n_participants, np.random.default_rng([seed, 4])).items():
        paths.append(Path(folder, file))
        write_atomic(paths[-1], ("\n".join(lines) + "\n").encode())
    return paths


def _times(rng: np.random.Generator, size: int) -> list[int]:
    """Times of one person, whole milliseconds."""
    spread = PEOPLE_SD * rng.standard_normal() + EVENTS_SD * rng.standard_normal(size)
    return [int(each) for each in np.rint(MEDIAN_MS * np.exp(spread))]


# -- a writer a task --------------------------------------------------------------------------


def _visual_pairs(n_people: int, rng: np.random.Generator) -> Files:
    lines = ["subject_id,rt,pair,target_index,t,is_predictable,subject_condition"]
    n_rounds, n_pairs = 8, 4
    for person in range(1, n_people + 1):
        times = iter(_times(rng, n_rounds * n_pairs * 2))
        for t in range(1, n_rounds + 1):
            for pair in (rng.permutation(n_pairs) + 1).tolist():
                for second in (0, 1):
                    target = 2 * pair - 1 + second
                    lines.append(
                        f"{person},{next(times)},{pair},{target},{t},{second},{person % 2}"
                    )
    return {"simplified-exp-1.csv": lines}


def _syllable_targets(n_people: int, rng: np.random.Generator) -> Files:
    names = "subject block trial target_num stream_pos target tgt_word tgt_pos detect rt"
    lines = [",".join(f'"{name}"' for name in (*names.split(), "rt_secs", "rt_sc"))]
    for person in range(1, n_people + 1):
        for stream, (target, word, place) in enumerate((("mi", 1, 1), ("fu", 2, 3)), 1):
            ends = np.cumsum(3 * rng.integers(2, 6, 8)) + place
            for number, (end, ms) in enumerate(zip(ends, _times(rng, 8), strict=True), 1):
                time = f"{ms}.5,{(ms + 0.5) / 1000}" if rng.random() < 0.8 else "NA,NA"
                row = f'"s{person:03}",1,{stream},{number},{end},"{target}",{word},{place}'
                lines.append(f"{row},{int(time[0] != 'N')},{time},NA")
    return {"exp_3_rt_data_R1.csv": lines}


_STATE_COLUMNS = """
rt url trial_type trial_index time_elapsed internal_node_id assignmentID mturkID hitID view_history
stimulus key_press state test_part correct_response order_block order_chunk order_freq correct
responses question_order bonus
"""


def _state_keys(n_people: int, rng: np.random.Generator) -> Files:
    names = _STATE_COLUMNS.split()
    files = {}
    for person in range(1, n_people + 1):
        nothing: dict[str, object] = dict.fromkeys(names, "")
        rows = [nothing | {"trial_type": "instructions", "rt": "null"}]
        for part in ("practice", "structured_normal", "random"):
            states = rng.integers(1, 7, 18)
            for at, (state, ms) in enumerate(zip(states, _times(rng, 18), strict=True)):
                state = 5 if part == "structured_normal" and at % 3 == 2 else int(state)
                pressed = state if rng.random() < 0.9 else int(rng.integers(1, 7))
                about: dict[str, object] = {
                    "rt": f"{ms}.4",
                    "trial_type": "image-keyboard-response",
                }
                about |= {"state": state, "test_part": part, "correct_response": state + 48}
                about |= {"key_press": pressed + 48, "correct": str(pressed == state).lower()}
                rows.append(nothing | about)
        rows.append(rows[-1] | {"rt": "null", "key_press": "null", "correct": "false"})
        lines = [",".join(f'"{name}"' for name in names)]
        for number, row in enumerate(rows):
            row |= {"trial_index": number, "mturkID": f"MADEUP{person:03}"}
            lines.append(",".join(f'"{row[name]}"' for name in names))
        files[f"MADEUP{person:03}.csv"] = lines
    return files


def _graph_paths(n_people: int, rng: np.random.Generator) -> Files:
    files = {}
    for person in range(1, n_people + 1):
        lines = ["group, subj_id, stage, start, goal, path, length, RTs, keys, RT_tot"]
        for number in range(16):
            begin, n_moves = int(rng.integers(0, 10)), int(rng.integers(2, 6))
            path = [(begin + step) % 10 + 1 for step in range(n_moves + 1)]
            times, keys = _times(rng, n_moves + 1), [39] * n_moves + [32]
            cells = ["A", 900000 + person, "train" if number < 12 else "test", path[0], path[-1]]
            cells += [" ".join(map(str, path)), len(path), " ".join(map(str, times))]
            lines.append(",".join(map(str, [*cells, " ".join(map(str, keys)), sum(times)])))
        files[f"{900000 + person}.csv"] = lines
    return files


def _word_times(n_people: int, rng: np.random.Generator) -> Files:
    text = load_rhymes().split()
    stories = {1: text[:60], 2: text[60:120]}
    places = [(item, zone) for item, words in stories.items() for zone in range(1, len(words) + 1)]
    times = ["WorkerId,item,zone,RT,correct"]
    for person in range(1, n_people + 1):
        for (item, zone), ms in zip(places, _times(rng, len(places)), strict=True):
            times.append(f"MADEUP{person:03},{item},{zone},{ms},{item + 4}")
    words = ["\t".join(("word", "zone", "item", "nItem", "meanItemRT", "sdItemRT"))]
    words += [
        f"{stories[item][zone - 1]}\t{zone}\t{item}\t72\t400.25\t130.5" for item, zone in places
    ]
    return {"batch2.txt": times, "processed_wordinfo.tsv": words}


def _recall_keys(n_people: int, rng: np.random.Generator) -> Files:
    lines = [
        "ID,traincondition,blockcollect,trialcollect,instructioncollect,recallcollect,timecollect"
    ]
    for person in range(1, n_people + 1):
        group = RECALL_GROUPS[person % 2]
        sequences, is_transfer = recall_sequences(group, int(rng.integers(1 << 32)))
        letters = rng.permutation(list("SDFJKL"))
        seen = np.flatnonzero(~is_transfer)[:8].tolist() + np.flatnonzero(is_transfer)[:6].tolist()
        for number, trial in enumerate(seen):
            block, at = ("train", number + 1) if number < 8 else ("test", number - 7)
            for code, ms in zip(sequences[trial] - 1, _times(rng, 12), strict=True):
                typed = code if rng.random() < 0.85 else rng.integers(6)
                row = f"{person},{'ind' if group == 'control' else 'm1'},{block},{at}"
                lines.append(f"{row},{letters[code]},{letters[typed]},{ms}")
    return {"data.csv": lines}


_WRITERS: dict[str, Callable[[int, np.random.Generator], Files]] = {
    "visual-pairs": _visual_pairs,
    "syllable-targets": _syllable_targets,
    "state-keys": _state_keys,
    "graph-paths": _graph_paths,
    "word-times": _word_times,
    "recall-keys": _recall_keys,
}
