"""``python -m experiments.abstraction``."""

from experiments.abstraction.run import main

if __name__ == "__main__":
    main()
