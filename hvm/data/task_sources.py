"""Tables of people's times in other tasks: where each is published, and under which licence.

Facts of the published repositories; the loaders that read the files are in
:mod:`hvm.recall.tasks`. Nothing is fetched unless it is asked for, and nothing is committed.
"""

from __future__ import annotations

from dataclasses import dataclass

NO_LICENCE = "none found in the repository: ask its authors before you pass the data on"

_WHOLE_COMMIT = 40
_TAKES_CUT_COMMITS = "https://github.com/{}/raw/{}/"


@dataclass(frozen=True)
class TaskSource:
    """Where the files of a task are published.

    Attributes
    ----------
    name, about, licence : str
    repository : str
        On GitHub, ``owner/name``.
    commit : str
        Cut short, as GitHub takes it; empty where none is known.
    paths : str
        Where in the repository the files are, in words.
    n_people : str
        How many people's there are, in words.
    files : tuple of (str, str)
        What can be fetched: the name here, and the path there; empty where names of files are not
        known beforehand.
    beside : str
        What else is needed, and where it is.
    """

    name: str
    about: str
    repository: str
    commit: str
    paths: str
    licence: str
    n_people: str
    files: tuple[tuple[str, str], ...] = ()
    beside: str = ""

    @property
    def place(self) -> str:
        """Repository and commit: ``owner/name@commit``."""
        return f"github {self.repository}" + (f"@{self.commit}" if self.commit else "")

    @property
    def how(self) -> str:
        """How to get the files, in a line."""
        if self.files:
            return f"hvm data fetch {self.name}"
        at = f" && git -C {self.repository.split('/')[1]} checkout {self.commit}"
        clone = f"git clone https://github.com/{self.repository}{at if self.commit else ''}"
        return f"{clone}; in it {self.paths}"

    def urls(self) -> tuple[tuple[str, str], ...]:
        """Name here and address of each file that can be fetched."""
        is_whole = len(self.commit) == _WHOLE_COMMIT
        begin = "https://raw.githubusercontent.com/{}/{}/" if is_whole else _TAKES_CUT_COMMITS
        begin = begin.format(self.repository, self.commit)
        return tuple((f"{self.name}/{name}", begin + path) for name, path in self.files)


_GENERATED = "experiment-{0}/data/generated/simplified-exp-{0}.csv"

TASK_SOURCES = {
    source.name: source
    for source in (
        TaskSource(
            "visual-pairs",
            "clicking targets that come in pairs: the second of a pair can be foretold",
            "vassar-cogscilab/shape-of-statistical-learning",
            "32c9a6f",
            "experiment-{1,2,3}/data/generated/simplified-exp-N.csv",
            NO_LICENCE,
            "258, 166 and 160 people in three experiments",
            tuple((f"simplified-exp-{n}.csv", _GENERATED.format(n)) for n in (1, 2, 3)),
        ),
        TaskSource(
            "syllable-targets",
            "detecting a syllable in a stream of made-up words",
            "avakiai/statistical-learning",
            "ada72d7",
            "1_data/exp_3/exp_3_rt_data_R1.csv and 1_data/exp_4/exp_4_rt_data.csv",
            NO_LICENCE,
            "39 and 20 people in two experiments",
            (
                ("exp_3_rt_data_R1.csv", "1_data/exp_3/exp_3_rt_data_R1.csv"),
                ("exp_4_rt_data.csv", "1_data/exp_4/exp_4_rt_data.csv"),
            ),
        ),
        TaskSource(
            "state-keys",
            "a key for each of six states, which come in chunks in some blocks",
            "lucylai96/Chunking-as-Policy-Compression",
            "f993164",
            "experiment_manip/data/*.csv, one file a person",
            NO_LICENCE,
            "one file a person",
        ),
        TaskSource(
            "graph-paths",
            "paths through subway maps, every key and its time",
            "tomov/chunking",
            "2ba7fa6",
            "exp/results/**/*.csv, one file a person: take the folder of one experiment",
            NO_LICENCE,
            "one file a person",
        ),
        TaskSource(
            "word-times",
            "Natural Stories: self-paced reading times by word and person",
            "brightp-py/rnng-and-rts",
            "",
            "data/rts-raw/batch2.txt",
            "of the times: not looked up; of the stories: CC BY-NC-SA 4.0 "
            "(github languageMIT/naturalstories)",
            "not stated",
            beside="the stories' words, in the same folder: naturalstories_RTS/"
            "processed_wordinfo.tsv of github languageMIT/naturalstories@4700daa",
        ),
        TaskSource(
            "recall-keys",
            "human recall task by key: shown, typed, times (doi 10.1038/s44271-024-00180-8)",
            "swu32/motif_learning",
            "3c9c70db1cf5dd1a2fbd2ca8558ec24786ca52c1",
            "data/simonsays_ex2/data.csv",
            "MIT (github swu32/motif_learning); please cite the article",
            "108 people",
            (("data.csv", "data/simonsays_ex2/data.csv"),),
        ),
    )
}
"""By the name that ``hvm recall --task`` knows."""
