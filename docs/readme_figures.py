"""The pictures at the top of the README: a parsed sentence, the page of a lexicon, a verdict.

python docs/readme_figures.py [--browser chromium]

From made speech and made participants, so that anyone gets the same. The page is photographed by a
browser; without one its picture stays as it is.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from hvm import HVM, as_symbols, datasets
from hvm.cli.app import run
from hvm.show.figures import figure_bytes

FOLDER = Path(__file__).parent / "figures"
SENTENCE = "they want some juice with mummy ."
SHOWN = "{dog|cat|"
PAGE_PIXELS = "1100,450"


def photograph(browser: str, page: Path, entry: int) -> None:
    """Take a picture of an entry of the page."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={profile}",
        ]
        command += [f"--window-size={PAGE_PIXELS}", "--virtual-time-budget=4000"]
        command += [f"--screenshot={FOLDER / 'explorer.png'}", f"{page.as_uri()}#{entry}"]
        subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Make them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--browser", default="chromium")
    browser = shutil.which(parser.parse_args().browser)
    speech = as_symbols(datasets.load_speech(3000), "word", "line")
    model = HVM().fit(speech)
    axes = model.parse(as_symbols(SENTENCE, "word", "line")).plot()
    (FOLDER / "parse.png").write_bytes(figure_bytes(axes, ".png"))
    with tempfile.TemporaryDirectory() as folder:
        page, trials, study = (Path(folder, name) for name in ("lexicon.html", "t.csv", "study"))
        model.explore(page, text=speech)
        if browser is not None:
            variables = model.variables_
            shown = variables.entry[variables.text.str.startswith(SHOWN)]
            photograph(browser, page, int(shown.iloc[0]))
        datasets.load_synthetic_recall().to_csv(trials, index=False)
        if run(["recall", str(trials), "-o", str(study)]) != 0:
            raise SystemExit("hvm recall failed")
        shutil.copy(study / "figures" / "gains-train.png", FOLDER / "verdict.png")


if __name__ == "__main__":
    main()
