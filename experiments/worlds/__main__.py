"""``python -m experiments.worlds``."""

from experiments.worlds.run import main

if __name__ == "__main__":
    main()
