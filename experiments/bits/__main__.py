"""``python -m experiments.bits``."""

from experiments.bits.run import main

if __name__ == "__main__":
    main()
