"""``python -m experiments.tasks``."""

from experiments.tasks.run import main

if __name__ == "__main__":
    main()
