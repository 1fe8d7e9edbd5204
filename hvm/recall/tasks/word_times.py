"""Self-paced reading of stories, word by word (``word-times``).

Two files: times by person, ``WorkerId, item, zone, RT, correct``, and the stories' words, ``word,
zone, item`` and others. ``item`` is the story, ``zone`` the place of the word in it; ``correct``,
how many questions on the story were answered rightly, is no accuracy of a word. ``WorkerId`` is
hashed on reading. A **trial** is a sentence: it ends with a word that ends in ``.``, ``?`` or
``!``. Stories come in the order of the table, words in the order of zones.

Where zones go beyond the last word of a story, they are numbered as the raw times are, and are
counted as the stories' own script counts them (``process_RTs.R``): two less, in story 3 three less
after zone 230, and zone 231 of it is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hvm.data.task_sources import TASK_SOURCES
from hvm.recall.tasks.published import PublishedFiles, PublishedTable, published_files
from hvm.recall.tasks.task import (
    NO_BLOCKS,
    NO_GROUPS,
    KeyRecord,
    RecallTask,
    TaskTables,
    TrialRecord,
    tables_of,
)

TIME_COLUMNS = ("WorkerId", "item", "zone", "RT", "correct")
WORD_COLUMNS = ("word", "zone", "item")

RAW_SHIFT, RAW_STORY, RAW_ZONE = 2, 3, 230
"""How raw zones differ from those of words: by so many, and by one more in a story after a zone."""

ENDS, CLOSING = ".?!", "'\")]\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"

Zones = NDArray[np.int64]


class _Story(NamedTuple):
    """``words`` by zone; the zone of the first word of each word's sentence, and of its last."""

    words: dict[int, str]
    begins: dict[int, int]
    ends: dict[int, int]


def load(path: Path, columns: Mapping[str, str]) -> TaskTables:
    """Read times and words from a folder.

    Raises
    ------
    InputError
        One of the two is not there, cannot be read, or they do not fit.
    """
    files = published_files(path)
    times = files.tables(TIME_COLUMNS)
    stories = _stories(files)
    records: list[TrialRecord] = []
    is_raw = any(_is_raw(table, stories) for table in times)
    for table in times:
        records += _records(table, files, stories, is_raw)
    note = "zones are raw ones, two more than those of words" if is_raw else "zones are the words'"
    return tables_of(records, files.folder, files.sha256, [note])


# -- words ------------------------------------------------------------------------------------


def _stories(files: PublishedFiles) -> dict[int, _Story]:
    words: dict[int, dict[int, str]] = {}
    for table in files.tables(WORD_COLUMNS, unless="WorkerId"):
        cells = zip(table.wholes("item"), table.wholes("zone"), table.texts("word"), strict=True)
        for row, (story, zone, word) in enumerate(cells):
            known = words.setdefault(int(story), {}).setdefault(int(zone), word)
            if known != word:
                table.place.fail(row, "word", f"{word!r:.40}, where the zone holds {known!r:.40}")
    return {
        story: _with_sentences(dict(sorted(by_zone.items()))) for story, by_zone in words.items()
    }


def _with_sentences(words: dict[int, str]) -> _Story:
    begins, ends = dict[int, int](), dict[int, int]()
    part: list[int] = []
    last = max(words)
    for zone, word in words.items():
        part.append(zone)
        if word.rstrip(CLOSING)[-1:] in (*ENDS,) or zone == last:
            begins |= dict.fromkeys(part, part[0])
            ends |= dict.fromkeys(part, zone)
            part = []
    return _Story(words, begins, ends)


# -- times ------------------------------------------------------------------------------------


def _is_raw(table: PublishedTable, stories: Mapping[int, _Story]) -> bool:
    story, zones = table.wholes("item"), table.wholes("zone")
    for number in np.unique(story).tolist():
        if number not in stories:
            row = int(np.argmax(story == number))
            table.place.fail(row, "item", f"there are no words of story {number}")
    lasts = np.array([max(stories[number].words) for number in story.tolist()])
    return bool((zones > lasts).any())


def _word_zones(story: Zones, zones: Zones, is_raw: bool) -> Zones:
    """Zones as words have them; 0 where there is no word."""
    if not is_raw:
        return zones
    is_late = (story == RAW_STORY) & (zones > RAW_ZONE)
    is_dropped = (story == RAW_STORY) & (zones == RAW_ZONE + 1)
    return np.where(is_dropped, 0, zones - RAW_SHIFT - is_late)


def _records(
    table: PublishedTable, files: PublishedFiles, stories: Mapping[int, _Story], is_raw: bool
) -> Iterator[TrialRecord]:
    story, raw = table.wholes("item"), table.wholes("zone")
    zones, times = _word_zones(story, raw, is_raw), table.times_ms("RT")
    sentences: dict[tuple[str, int], dict[int, dict[int, float]]] = {}
    people = table.texts("WorkerId").tolist()
    for row, (person, number, zone) in enumerate(
        zip(people, story.tolist(), zones.tolist(), strict=True)
    ):
        if zone < 1:
            continue
        if zone not in stories[number].words:
            table.place.fail(row, "zone", f"{raw[row]}: story {number} has no such word")
        begin = stories[number].begins[zone]
        sentence = sentences.setdefault((person, number), {}).setdefault(begin, {})
        if zone in sentence:
            table.place.fail(row, "zone", f"{raw[row]} of story {number} is there twice")
        sentence[zone] = times[row]
    for (person, number), by_sentence in sentences.items():
        for begin in sorted(by_sentence):
            yield _record(files.hashed(person), stories[number], begin, by_sentence[begin], number)


def _record(
    name: str, story: _Story, begin: int, times: Mapping[int, float], number: int
) -> TrialRecord:
    zones = [zone for zone in story.words if begin <= zone <= story.ends[begin]]
    words = [story.words[zone] for zone in zones]
    keys = [
        KeyRecord(
            at,
            times.get(zone, np.nan),
            covariates={"n_letters": len(word), "item": number, "zone": zone},
        )
        for at, (zone, word) in enumerate(zip(zones, words, strict=True), 1)
    ]
    return TrialRecord(name, NO_GROUPS, NO_BLOCKS, words, keys)


WORD_TIMES = RecallTask(
    name="word-times",
    trial_is="a sentence",
    sequence_is="its words, as they stand in the story",
    key_is="reading a word",
    longest_ms=3000.0,
    load=load,
    source=TASK_SOURCES["word-times"],
    covariates=("n_letters",),
    is_stream=True,
)
