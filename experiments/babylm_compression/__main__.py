"""``python -m experiments.babylm_compression``."""

from experiments.babylm_compression.run import main

if __name__ == "__main__":
    main()
