"""``python -m experiments.human_recall``."""

from experiments.human_recall.run import main

if __name__ == "__main__":
    main()
