"""Two examples of every command, for its help: they work in this order, in one folder.

``book.txt`` and ``other.txt`` stand for texts, ``pairs.csv`` for minimal pairs, ``trials.csv`` for
trials of the recall task, ``clicks`` for published files of another.
"""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, str]] = {
    "fit": (
        "hvm fit book.txt -o book.hvm",
        "hvm fit book.txt -o words.hvm --unit word --sequences line",
    ),
    "show": ("hvm show book.hvm", "hvm show words.hvm --top 5 --json"),
    "graph": (
        "hvm graph book.hvm -o book.html --text book.txt",
        "hvm graph words.hvm -o words.svg --nodes 20",
    ),
    "parse": (
        "hvm parse words.hvm other.txt --limit 5",
        "hvm parse book.hvm other.txt -o other.jsonl",
    ),
    "tokenizer": (
        "hvm tokenizer book.hvm -o tokenizer.json",
        "hvm tokenizer book.hvm -o tokenizer.json --most-tokens 500000",
    ),
    "surprisal": (
        "hvm surprisal words.hvm other.txt --by line",
        "hvm surprisal words.hvm other.txt -o other.csv --context",
    ),
    "score": (
        "hvm score book.hvm other.txt",
        "hvm score words.hvm other.txt --adapt --json",
    ),
    "sample": ("hvm sample book.hvm", "hvm sample words.hvm -n 20 --seed 1"),
    "pairs": (
        "hvm pairs words.hvm pairs.csv --by paradigm",
        "hvm pairs pairs.csv --rival kn --train book.txt",
    ),
    "segment": (
        "hvm segment other.txt --rivals words -o spaced.txt",
        "hvm segment book.hvm other.txt --gold other.txt",
    ),
    "compress": (
        "hvm compress book.txt -o book.hvz",
        "hvm compress other.txt -o other.hvz --model book.hvm",
    ),
    "decompress": (
        "hvm decompress book.hvz -o again.txt",
        "hvm decompress other.hvz -o again.txt --model book.hvm",
    ),
    "compare": (
        "hvm compare book.txt --sizes 1000,all",
        "hvm compare other.txt --train book.txt --methods mixed,lz78 -o compare/",
    ),
    "curve": (
        "hvm curve book.txt --held-out other.txt -o curve/",
        "hvm curve book.txt --held-out other.txt -o curve/ --rivals lz78,zlib",
    ),
    "recall": (
        "hvm recall trials.csv -o study/ --models hvm --set hvm.theta=0.99",
        "hvm recall clicks/ --task visual-pairs -o pairs/ --models bigram --draws 300",
    ),
    "data fetch": ("hvm data fetch recall", "hvm data fetch zorro --folder zorro/"),
    "data list": ("hvm data list", "hvm data list --json"),
    "generate": (
        "hvm generate --depth 20 --alphabet 10 --p-variable 0.5 --length 30000 \\\n"
        "             --seed 1 -o world.npy",
        "hvm generate --depth 9 --alphabet 5 --p-variable 0.3 --length 1000 \\\n"
        "             --seed 2 -o world.npy --tied-slots",
    ),
    "demo": ("hvm demo", "hvm demo -o tour/"),
    "warm": ("hvm warm", "hvm warm --processes 2"),
}
"""By command, after the program's name."""


def examples_text(command: str) -> str:
    """What stands below the options in the help of a command."""
    return "\n".join(("Examples:", *(f"  {example}" for example in EXAMPLES[command])))
