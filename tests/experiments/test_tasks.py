"""Models x tasks: from folders of files, marked where they are made up."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.tasks.run import WARNING, main, named
from hvm.datasets.tasks import MADE_UP, write_task

QUICK = ["--models", "bigram", "--draws", "20"]


def test_folders_make_one_table(tmp_path, capsys):
    for name in ("recall-keys", "word-times"):
        write_task(name, tmp_path / name, 4)
    folders = [str(tmp_path / "recall-keys"), f"word-times={tmp_path / 'word-times'}"]
    main([*folders, *QUICK, "--output", str(tmp_path / "out")])
    gains = pd.read_csv(tmp_path / "out/gains.csv", keep_default_na=False)
    assert set(gains["task"]) == {"recall-keys", "word-times"}
    by_trial = gains[gains["by"] == "trial"]
    assert set(by_trial["task"]) == {"recall-keys"}  # sentences differ in length
    assert {"bigram", "repeat_count"} < set(by_trial["model"])
    about = pd.read_csv(tmp_path / "out/tasks.csv")
    assert about["made_up"].all() and about["participants"].tolist() == [4, 4]
    text = (tmp_path / "out/summary.md").read_text()
    assert text.splitlines()[0] == WARNING and text in capsys.readouterr().out
    (tmp_path / "recall-keys" / MADE_UP).unlink()
    main([folders[0], *QUICK, "--output", str(tmp_path / "other")])
    assert (tmp_path / "other/summary.md").read_text().startswith("# Models x tasks\n")
    with pytest.raises(SystemExit, match="no such file or folder"):
        main([f"keys={tmp_path / 'none'}", *QUICK])


def test_a_folder_may_be_called_after_its_task(tmp_path):
    assert named(f"keys={tmp_path}") == ("keys", tmp_path)
    assert named(str(tmp_path / "keys")) == ("keys", tmp_path / "keys")
