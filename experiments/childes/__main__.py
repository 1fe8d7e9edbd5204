"""``python -m experiments.childes``."""

from experiments.childes.run import main

if __name__ == "__main__":
    main()
