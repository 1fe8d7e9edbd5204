"""What one participant's lexicon looks like after each block, as graphs that a file can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hvm.errors import InputError
from hvm.recall.study.plot_style import block_name
from hvm.recall.study.tables import LEXICONS, block_stems, read_config, read_json

if TYPE_CHECKING:
    import networkx as nx

    from hvm.lexicon.lexicon import Lexicon
    from hvm.recall.models.hvm import OnlineHVM
    from hvm.recall.task.trials import Participant, Trials


class Picture(NamedTuple):
    """A lexicon as a participant had it.

    Attributes
    ----------
    participant, group, block : str
        Whose, and after which block.
    graph : networkx.DiGraph
        As :func:`hvm.lexicon.graph.to_networkx` returns it; ``text`` is in the symbols of the
        trials.
    """

    participant: str
    group: str
    block: str
    graph: nx.DiGraph

    def as_json(self) -> dict[str, Any]:
        """Return what JSON holds."""
        import networkx as nx

        return {**self._asdict(), "graph": nx.node_link_data(self.graph, edges="edges")}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Picture:
        """Return what :meth:`as_json` was made from."""
        import networkx as nx

        return cls(**{**value, "graph": nx.node_link_graph(value["graph"], edges="edges")})


def chosen_people(trials: Trials, names: Sequence[str] = ()) -> list[Participant]:
    """Participants by their names; without names, the first of each group.

    Raises
    ------
    InputError
        There is no such participant.
    """
    people = {str(person.name): person for person in trials.participants()}
    for name in names:
        if name not in people:
            raise InputError(f"there is no participant {name!r:.40} among the trials")
    if names:
        return [people[name] for name in dict.fromkeys(names)]
    firsts = {person.group: person for person in reversed(people.values())}
    return [firsts[group] for group in sorted(firsts)]


def lexicon_pictures(
    model: OnlineHVM, trials: Trials, people: Sequence[Participant]
) -> Iterator[Picture]:
    """Let a model learn as it would from each participant, and look at it after every block.

    Parameters
    ----------
    model : OnlineHVM
        It begins anew with each participant.
    trials : Trials
    people : sequence of Participant
        Of :func:`chosen_people`.

    Yields
    ------
    Picture
        One a participant and block.
    """
    for person in people:
        model.begin(len(trials.symbols))
        blocks = trials.table["block"].iloc[person.rows].tolist()
        last = {block: number for number, block in enumerate(blocks)}
        for number, (block, sequence) in enumerate(zip(blocks, person.sequences, strict=True)):
            model.observe(sequence)
            if number == last[block]:
                graph = _named_graph(model.lexicon(), trials.symbols)
                yield Picture(str(person.name), person.group, block, graph)


def read_pictures(folder: Path) -> Iterator[tuple[str, str, Picture]]:
    """The lexicons of a study, each with the name of its figure and a title."""
    pictures = [Picture.from_json(value) for value in read_json(folder / LEXICONS)]
    stems = block_stems(read_config(folder)["trials"]["blocks"])
    people = list(dict.fromkeys(picture.participant for picture in pictures))
    for picture in pictures:
        number = people.index(picture.participant) + 1
        who = f"participant {picture.participant} ({picture.group})"
        title = f"{who} after {block_name(picture.block)}"
        yield f"lexicon-{number}-{stems[picture.block]}", title, picture


def _named_graph(lexicon: Lexicon, symbols: Sequence[str]) -> nx.DiGraph:
    """The graph with symbols as the trials name them, whatever their order."""
    from hvm.lexicon.graph import to_networkx, visible
    from hvm.symbols.alphabet import Alphabet

    graph = to_networkx(lexicon, Alphabet("int", tuple(range(len(symbols)))))
    gap = "" if all(len(symbol) == 1 for symbol in symbols) else " "
    n_atoms = lexicon.n_atoms
    for entry, attributes in graph.nodes(data=True):
        names = (
            symbols[part] if part < n_atoms else f"[V{part}]" for part in lexicon.pattern(entry)
        )
        attributes["text"] = visible(gap.join(names))
    return graph
