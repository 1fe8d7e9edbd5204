"""The widget of a lexicon: what Python sees of it, and what a browser does with it."""

from __future__ import annotations

import json
import sys
from html import unescape
from importlib.resources import files

import pytest

from hvm import HVM, as_symbols, datasets
from hvm.errors import InputError
from hvm.show import widget
from hvm.show.explorer import explorer_page
from hvm.show.notebook import LexiconFrame


@pytest.fixture(scope="module")
def model():
    return HVM(restarts=1).fit(as_symbols(datasets.load_speech(300), "word", "line"))


@pytest.fixture
def shown(model):
    pytest.importorskip("anywidget")
    return widget.explorer_widget(model, text="look at the dog .")


# -- Python -----------------------------------------------------------------------------------


def test_what_is_selected_is_read_and_set_and_observed(shown, model):
    assert shown.selected is None
    seen = []
    shown.observe(lambda change: seen.append(change["new"]), "selected")
    shown.selected = 7
    shown.set_state({"selected": 3})  # as the browser does
    shown.set_state({"selected": None})
    assert seen == [7, 3, None]
    assert widget.explorer_widget(model, selected=5).selected == 5


def test_the_browser_is_told_the_page_and_what_is_selected(shown, model):
    state = shown.get_state()
    assert state["page"] == explorer_page(
        model, as_symbols("look at the dog .", "word", "line", alphabet=model.alphabet_)
    )
    assert state["selected"] is None and "export default" in state["_esm"]
    assert "n_entries" not in state


@pytest.mark.parametrize("entry", [-1, 100_000])
def test_an_entry_that_is_none(shown, model, entry):
    with pytest.raises(InputError, match="selected must be None or an entry below"):
        shown.selected = entry
    assert shown.selected is None
    with pytest.raises(InputError, match="selected must be None or an entry below"):
        widget.explorer_widget(model, selected=entry)


def test_without_anywidget_it_is_a_frame(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    widget._widget_class.cache_clear()
    frame = widget.explorer_widget(model)
    assert isinstance(frame, LexiconFrame) and frame.page == explorer_page(model)
    widget._widget_class.cache_clear()


# -- a browser ----------------------------------------------------------------------------------

HOST = """<!doctype html><pre id=out></pre><div id=el></div>
<script type="application/json" id=page>{page}</script>
<script type="module">
{module}
const told = [], listeners = new Set();
const held = {{ page: JSON.parse(document.getElementById("page").textContent), selected: {first} }};
const model = {{
  get: (name) => held[name],
  set: (name, value) => {{ held[name] = value; }},
  save_changes: () => {{
    told.push(held.selected);
    document.getElementById("out").textContent = JSON.stringify(told);
    const next = {next}[told.length - 1];
    const select = () => {{ held.selected = next; listeners.forEach((act) => act()); }};
    if (next !== undefined) setTimeout(select, 50);
  }},
  on: (name, act) => listeners.add(act),
  off: (name, act) => listeners.delete(act),
}};
render({{ model, el: document.getElementById("el") }});
</script>"""


@pytest.fixture
def told(dom):
    """What the page in its frame tells when it is shown an entry first, and others then."""

    def run(page, first, following=()):
        module = (files("hvm.show") / "assets" / "widget.js").read_text("utf-8")
        host = HOST.format(
            page=json.dumps(page).replace("<", "\\u003c"),
            module=module.replace("export default { render };", ""),
            first=json.dumps(first),
            next=json.dumps(list(following)),
        )
        out = dom(host).split('<pre id="out">')[1].split("</pre>")[0]
        return json.loads(unescape(out) or "[]")

    return run


def test_the_page_shows_what_is_selected_and_tells_it(model, told):
    assert told(explorer_page(model), 30, [12, None, 5]) == [30, 12, None, 5]


def test_a_click_selects(model, told):
    chunk = max(
        model.lexicon_.chunks,
        key=lambda c: (model.lexicon_.unit_counts[c] * len(model.lexicon_.pattern(c)), -c),
    )
    act = "document.querySelector('main a.entry').click()"
    clicks = f"<script>setTimeout(() => {act}, 300)</script>"
    assert told(explorer_page(model) + clicks, None) == [int(chunk)]


def test_nothing_is_told_before_something_is_selected(model, told):
    assert told(explorer_page(model), None) == []


def test_a_search_in_a_frame_shows_what_it_finds(model, told):
    """Addresses in a frame are not those of what holds it."""
    types = "search.value = 'dog'; search.dispatchEvent(new Event('input'))"
    click = "setTimeout(() => main.querySelector('a.entry').click(), 200)"
    page = explorer_page(model) + f"<script>setTimeout(() => {{ {types}; {click} }}, 300)</script>"
    assert told(page, None) == [None, model.alphabet_.symbols.index("dog")]
