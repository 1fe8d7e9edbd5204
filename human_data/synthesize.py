"""Make synthetic_trials.csv, the made-up participants that programs are tried on.

python human_data/synthesize.py
"""

from __future__ import annotations

from pathlib import Path

from hvm.recall.task.simulate import write_synthetic_trials

N_PARTICIPANTS = 20
SEED = 1


def main() -> None:
    """Write the file beside this one."""
    write_synthetic_trials(Path(__file__).with_name("synthetic_trials.csv"), N_PARTICIPANTS, SEED)


if __name__ == "__main__":
    main()
