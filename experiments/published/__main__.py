"""``python -m experiments.published``."""

from experiments.published.run import main

if __name__ == "__main__":
    main()
