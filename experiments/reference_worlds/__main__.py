"""``python -m experiments.reference_worlds``."""

from experiments.reference_worlds.run import main

if __name__ == "__main__":
    main()
