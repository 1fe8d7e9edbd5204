"""``python -m experiments.levels``."""

from experiments.levels.run import main

if __name__ == "__main__":
    main()
