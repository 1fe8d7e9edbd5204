"""PaperHVM: the published algorithm behind the methods of every model."""

from __future__ import annotations

from hvm.learn.fit import Fit
from hvm.learn.model import Model, rehearsal_codes
from hvm.learn.published import fit_paper
from hvm.learn.settings import PaperSettings
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
        variables: bool = PaperSettings.variables,
        iterations: int = PaperSettings.iterations,
        pair_count_min: int = PaperSettings.pair_count_min,
        frame_count_min: int = PaperSettings.frame_count_min,
        fillers_min: int = PaperSettings.fillers_min,
        fillers_max: int = PaperSettings.fillers_max,
        chi2_df: int = PaperSettings.chi2_df,
        p_value: float = PaperSettings.p_value,
        cumulative_p: float = PaperSettings.cumulative_p,
        prune_count_max: int = PaperSettings.prune_count_max,
        smoothing: float = PaperSettings.smoothing,
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
        self._settings()

    def _settings(self) -> PaperSettings:
        return PaperSettings.of(self.get_params())

    @classmethod
    def _rehearse(cls) -> None:
        codes, starts = rehearsal_codes()
        fit_paper(codes, starts, int(codes.max()) + 1, PaperSettings(iterations=3))

    def _learn(self, symbols: Symbols, trace: bool) -> Fit:
        lexicons: list[Lexicon] = []
        lexicon, rows = fit_paper(
            symbols.codes,
            symbols.starts,
            len(symbols.alphabet),
            self._settings(),
            symbols.alphabet.definition_bits(),
            lexicons if trace else None,
        )
        return Fit(lexicon, rows[-1]["data_bits"], rows, lexicons)
