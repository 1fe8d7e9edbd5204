"""PaperHVM: the published algorithm behind the methods of every model."""

from __future__ import annotations

from hvm.errors import require, require_number, require_whole
from hvm.learn.model import Model, Run, rehearsal_codes
from hvm.learn.published import fit_paper
from hvm.lexicon.lexicon import Lexicon
from hvm.symbols.sequences import Symbols


class PaperHVM(Model):
    """The published algorithm, its constants as arguments; nothing is random.

    Parameters
    ----------
    variables : bool
        False gives the published HCM.
    iterations : int
        Parses; the last is measured and counted, and proposes nothing.
    pair_count_min, frame_count_min : int
        A pair or a frame must occur more often than this.
    fillers_min, fillers_max : int
        Fewest and most distinct fillers of a frame.
    chi2_df, p_value : int, float
        Degrees of freedom and level of the test of a pair against independence.
    cumulative_p : float
        Pairs are accepted in rank order until the product of their probabilities falls below this.
    prune_count_max : int
        Chunks counted no more often than this go, unless another entry needs them.
    smoothing : float
        Of the lexicon that is learned; learning does not use it.

    Examples
    --------
    >>> model = PaperHVM().fit("abcc" * 20 + "d")
    >>> model.history_.n_chunks.tolist()[:3]
    [4.0, 7.0, 8.0]
    """

    preset = "paper"

    def __init__(
        self,
        variables: bool = True,
        iterations: int = 25,
        pair_count_min: int = 6,
        frame_count_min: int = 6,
        fillers_min: int = 2,
        fillers_max: int = 4,
        chi2_df: int = 2,
        p_value: float = 0.05,
        cumulative_p: float = 0.01,
        prune_count_max: int = 1,
        smoothing: float = 0.1,
    ) -> None:
        self.variables = variables
        self.iterations = iterations
        self.pair_count_min = pair_count_min
        self.frame_count_min = frame_count_min
        self.fillers_min = fillers_min
        self.fillers_max = fillers_max
        self.chi2_df = chi2_df
        self.p_value = p_value
        self.cumulative_p = cumulative_p
        self.prune_count_max = prune_count_max
        self.smoothing = smoothing

    def _check_params(self) -> None:
        require(isinstance(self.variables, bool), "variables", "True or False", self.variables)
        require_number("smoothing", self.smoothing, 0, above=True)
        for name in ("p_value", "cumulative_p"):
            require_number(name, getattr(self, name), 0, 1, above=True)
        for name in ("iterations", "chi2_df"):
            require_whole(name, getattr(self, name), 1)
        require_whole("fillers_min", self.fillers_min, 2)
        require_whole("fillers_max", self.fillers_max, self.fillers_min)
        for name in ("pair_count_min", "frame_count_min", "prune_count_max"):
            require_whole(name, getattr(self, name), 0)

    @classmethod
    def _rehearse(cls) -> None:
        codes, starts = rehearsal_codes()
        fit_paper(codes, starts, int(codes.max()) + 1, **cls(iterations=3).get_params())

    def _learn(self, symbols: Symbols, trace: bool) -> Run:
        lexicons: list[Lexicon] = []
        lexicon, rows = fit_paper(
            symbols.codes,
            symbols.starts,
            len(symbols.alphabet),
            symbols.alphabet.definition_bits(),
            lexicons if trace else None,
            **self.get_params(),
        )
        return Run(lexicon, rows[-1]["data_bits"], rows, lexicons)
