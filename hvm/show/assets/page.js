"use strict";

const MOST_SHOWN = 100; // rows of a list before one asks for more
const VIEWS = ["largest chunks", "widest variables", "variables of what comes next", "parse", "about"];

const IS_FRAMED = parent !== window;

const lexicon = new Lexicon(JSON.parse(document.getElementById("data").textContent));
const main = document.getElementById("main");
const search = document.getElementById("search");
let parser = null;
let typed = lexicon.data.sentence;

/** An element with properties and children; text is always text, never markup. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function number(value) {
  return value.toLocaleString("en");
}

function bits(value) {
  return `${value.toFixed(2)} bits`;
}

/** An entry as a link to it. */
function link(entry, isInside = false) {
  const className = `entry ${KIND_NAMES[lexicon.kinds[entry]]}`;
  const name = isInside ? lexicon.within(entry) : lexicon.name(entry);
  return element("a", { className, href: `#${entry}` }, name);
}

/** A list of rows, of which the first are shown and the rest on demand. */
function list(rows, draw) {
  const items = element("ul", {});
  let shown = 0;
  const more = element("button", { type: "button" });
  const show = () => {
    rows.slice(shown, shown + MOST_SHOWN).forEach((row) => items.append(draw(row)));
    shown = Math.min(rows.length, shown + MOST_SHOWN);
    more.textContent = `${number(rows.length - shown)} more`;
    more.hidden = shown === rows.length;
  };
  more.addEventListener("click", show);
  show();
  return element("div", { className: "list" }, items, more);
}

function section(title, ...children) {
  return element("section", {}, element("h2", {}, title), ...children);
}

function nothing(text) {
  return element("p", { className: "faint" }, text);
}

function row(entry, text) {
  return element("li", {}, link(entry), element("span", { className: "number" }, text));
}

function facts(pairs) {
  const made = element("dl", {});
  for (const [name, value] of pairs) made.append(element("dt", {}, name), element("dd", {}, value));
  return made;
}

// -- an entry ------------------------------------------------------------------------------

function drawEntry(entry) {
  const kind = lexicon.kinds[entry];
  return element("div", { className: "columns" },
    element("div", {}, ...usedIn(entry)),
    element("div", { className: "middle" }, ...itself(entry, kind)),
    element("div", {}, ...madeOf(entry, kind)));
}

function usedIn(entry) {
  const wholes = lexicon.wholesOf(entry).map((held) => ({ ...held, count: lexicon.count(held.whole) }));
  wholes.sort((a, b) => b.count - a.count || a.whole - b.whole);
  const isVariable = ({ whole }) => lexicon.kinds[whole] === VARIABLE;
  const chunks = wholes.filter((held) => !isVariable(held));
  const variables = wholes.filter(isVariable);
  const title = lexicon.kinds[entry] === VARIABLE ? "Frames that hold it" : "Used in chunks";
  return [
    section(title, chunks.length ? list(chunks, ({ whole, count }) => row(whole, number(count))) : nothing("none")),
    variables.length ? section("Fills variables", list(variables, ({ whole, place }) => (
      row(whole, share(2 ** (-lexicon.fillerQuanta[place] / QUANTA_PER_BIT)))))) : null,
  ];
}

function share(value) {
  return `${(100 * value).toFixed(value < 0.01 ? 2 : 1)} %`;
}

function itself(entry, kind) {
  const shown = kind === CHUNK ? lexicon.pattern(entry).flatMap((part, k) => (
    k && lexicon.data.separator ? [lexicon.data.separator, link(part, true)] : [link(part, true)])) : [lexicon.name(entry)];
  const count = lexicon.count(entry);
  const pairs = [["kind", `${KIND_NAMES[kind]} ${entry}`]];
  if (kind === VARIABLE) {
    pairs.push(["fillers", number(lexicon.partsOf(entry).length)], ["slots filled", number(count)]);
    const entropy = lexicon.fillersOf(entry).reduce((sum, f) => sum - f.share * Math.log2(f.share), 0);
    pairs.push(["a filler costs", `${bits(entropy)} on average`]);
  } else {
    pairs.push(["times a unit", number(count)], ["costs, as a unit", bits(lexicon.unitBits(entry))]);
    if (kind === CHUNK) pairs.push(["symbols and slots", number(lexicon.pattern(entry).length)]);
  }
  const places = (lexicon.data.places[entry] || []).map(([line, start, end]) => place(line, start, end));
  const hasPlaces = lexicon.data.lines.length > 0;
  return [
    element("div", { className: `big entry ${KIND_NAMES[kind]}` }, ...shown),
    facts(pairs),
    hasPlaces ? section("In the text", ...(places.length ? places : [nothing("not in the text, or past the places that are kept")])) : null,
  ];
}

function place(line, start, end) {
  const text = Array.from(lexicon.data.lines[line]);
  const part = (from, to) => text.slice(from, to).join("");
  return element("span", { className: "place" }, part(0, start), element("mark", {}, part(start, end)), part(end));
}

function madeOf(entry, kind) {
  if (kind === VARIABLE) {
    return [section("Fillers", list(lexicon.fillersOf(entry), (filler) => row(filler.entry, share(filler.share))))];
  }
  if (kind === CHUNK) {
    const parts = Array.from(lexicon.partsOf(entry));
    return [section("Parts", list(parts, (part) => row(part, KIND_NAMES[lexicon.kinds[part]])))];
  }
  return [section("Parts", nothing("a symbol has none"))];
}

// -- lists ---------------------------------------------------------------------------------

function entriesOf(kind, worth) {
  const entries = [];
  for (let entry = 0; entry < lexicon.size; entry++) {
    if (lexicon.kinds[entry] === kind) entries.push({ entry, worth: worth(entry) });
  }
  return entries.sort((a, b) => b.worth - a.worth || a.entry - b.entry).map(({ entry }) => entry);
}

function drawChunks() {
  const covered = (entry) => lexicon.count(entry) * lexicon.pattern(entry).length;
  const chunks = entriesOf(CHUNK, covered);
  if (!chunks.length) return nothing("This lexicon holds no chunk.");
  return section("Chunks that cover most of the text: times, and symbols of each", list(chunks, (entry) => (
    row(entry, `${number(lexicon.count(entry))} × ${lexicon.pattern(entry).length}`))));
}

function drawVariables() {
  const variables = entriesOf(VARIABLE, (entry) => lexicon.partsOf(entry).length);
  if (!variables.length) return nothing("This lexicon holds no variable with slots.");
  return section("Variables with most fillers: how many, and how often one stood in a slot", list(variables, (entry) => (
    row(entry, `${number(lexicon.partsOf(entry).length)} · ${number(lexicon.count(entry))}`))));
}

/** The hierarchy by which the experts foretell: what may come next, coarse to fine. */
function drawHierarchy() {
  const { hierarchy } = lexicon.data;
  if (!hierarchy.length) return nothing("This model foretells by its lexicon alone.");
  return section("What kind of symbol comes next: variables from the coarsest to the finest", list(hierarchy, (variable) => (
    element("li", {},
      element("span", {}, element("span", { className: "faint" }, `${"› ".repeat(variable.depth)}`),
        ...variable.members.flatMap((code) => [link(code), " "]),
        variable.more ? element("span", { className: "faint" }, `and ${number(variable.more)} more`) : null),
      element("span", { className: "number" }, number(variable.tokens))))));
}

function drawAbout() {
  return section("This lexicon", facts(lexicon.data.facts), element("p", {},
    "A chunk is a unit that recurs, a variable a set of entries that are interchangeable in a slot, shown as {dog|cat|…}. ",
    "Bits are those of the code that the lexicon was learned by: a unit costs −log2 of its share among all units."),
  element("p", {}, "Keys: / searches, Tab and Enter go through entries, the browser's Back goes back."));
}

// -- a sentence ----------------------------------------------------------------------------

function drawParse() {
  const box = element("textarea", { rows: 3, value: typed, spellcheck: false });
  box.setAttribute("aria-label", "A text to parse");
  const out = element("div", {});
  const draw = () => {
    typed = box.value;
    out.replaceChildren(...parsed(typed));
  };
  box.addEventListener("input", draw);
  draw();
  return section("Type a text: its best parse, unit by unit", box, out);
}

function parsed(text) {
  parser ||= new Parser(lexicon);
  const { codes, shown } = lexicon.encode(text);
  if (!codes.length) return [nothing("Nothing to parse yet.")];
  const { units, quanta } = parser.parse(codes);
  const total = quanta / QUANTA_PER_BIT;
  return [
    element("div", { className: "parse" }, ...units.map((unit) => drawUnit(unit, shown))),
    element("p", { className: "faint" }, `${number(units.length)} units, ${bits(total)}, ${bits(total / codes.length)} a symbol`
      + "; an unknown symbol pays its escape alone"),
  ];
}

function drawUnit(unit, shown) {
  const isUnknown = unit.entry < 0;
  const isAtom = !isUnknown && unit.entry < lexicon.nAtoms;
  const under = [];
  const text = element("div", { className: "text" }, ...pieces(unit, shown, under));
  const cost = isUnknown ? lexicon.escapeQuanta / QUANTA_PER_BIT : lexicon.unitBits(unit.entry);
  const label = isUnknown ? element("span", { className: "faint" }, "unknown") : link(unit.entry);
  return element("div", { className: `unit${isUnknown ? " unknown" : isAtom ? " of-atom" : ""}` }, text,
    element("div", { className: "under" }, label, element("span", { className: "number" }, bits(cost)), ...under));
}

/** The symbols of a span, its slots underlined; what fills them is told below. */
function pieces(span, shown, under) {
  const made = [];
  const { separator } = lexicon.data;
  let at = span.start;
  const plain = (until) => {
    for (; at < until; at++) made.push((at > span.start ? separator : "") + shown[at]);
  };
  for (const slot of span.slots) {
    plain(slot.start);
    if (slot.start > span.start) made.push(separator);
    made.push(element("span", { className: "slot" }, ...pieces(slot, shown, under)));
    at = slot.end;
    const cost = lexicon.fillerQuanta[slot.place] / QUANTA_PER_BIT;
    under.push(element("span", {}, link(slot.variable), element("span", { className: "number" }, ` ${bits(cost)}`)));
  }
  plain(span.end);
  return made;
}

// -- finding, and going there ----------------------------------------------------------------

function drawFound(wanted) {
  const folded = wanted.toLowerCase();
  const found = [];
  for (let entry = 0; entry < lexicon.size; entry++) {
    const name = lexicon.name(entry).toLowerCase();
    if (name.includes(folded)) found.push({ entry, isExact: name === folded, count: lexicon.count(entry) });
  }
  found.sort((a, b) => b.isExact - a.isExact || b.count - a.count || a.entry - b.entry);
  if (!found.length) return nothing(`No entry holds “${wanted}”.`);
  return section(`${number(found.length)} entries with “${wanted}”`,
    list(found, ({ entry, count }) => row(entry, `${KIND_NAMES[lexicon.kinds[entry]]} · ${number(count)}`)));
}

const DRAW = {
  "largest chunks": drawChunks,
  "widest variables": drawVariables,
  "variables of what comes next": drawHierarchy,
  parse: drawParse,
  about: drawAbout,
};

/** The entry that the address names, if it names one. */
function shownEntry() {
  const where = decodeURIComponent(location.hash.slice(1));
  return /^\d+$/.test(where) && Number(where) < lexicon.size ? Number(where) : null;
}

function show() {
  const where = decodeURIComponent(location.hash.slice(1));
  const entry = shownEntry();
  const view = entry === null ? (VIEWS.includes(where) ? where : VIEWS[0]) : null;
  const isSearch = where.startsWith("?");
  document.getElementById("tabs").replaceChildren(...VIEWS.map((name) => {
    const tab = element("a", { href: `#${encodeURIComponent(name)}` }, name);
    if (name === view && !isSearch) tab.setAttribute("aria-current", "page");
    return tab;
  }));
  if (isSearch) main.replaceChildren(drawFound(where.slice(1)));
  else main.replaceChildren(entry === null ? DRAW[view]() : drawEntry(entry));
  if (document.activeElement !== search) window.scrollTo(0, 0);
}

search.addEventListener("input", () => {
  const address = search.value ? `#?${encodeURIComponent(search.value)}` : "#";
  if (IS_FRAMED) {
    location.hash = address;
  } else {
    history.replaceState(null, "", address);
    show();
  }
});
/** In a frame without an address of its own, links and addresses would be those of what holds it. */
document.addEventListener("click", (event) => {
  const clicked = IS_FRAMED && event.target.closest('a[href^="#"]');
  if (!clicked) return;
  event.preventDefault();
  location.hash = clicked.getAttribute("href");
});
document.addEventListener("keydown", (event) => {
  const isTyping = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "Enter" && document.activeElement === search) {
    const first = main.querySelector("a.entry");
    if (first) first.click();
    main.focus();
  }
});
window.addEventListener("hashchange", () => {
  show();
  if (IS_FRAMED) parent.postMessage({ hvmShown: shownEntry() }, "*");
});
/** What holds this page in a frame may say which entry to show, and null for none. */
window.addEventListener("message", (event) => {
  if (!IS_FRAMED || event.source !== parent || !event.data) return;
  const entry = event.data.hvmShow;
  if ((entry === null || Number.isInteger(entry)) && entry !== shownEntry()) {
    location.hash = entry === null ? "" : `#${entry}`;
  }
});
show();
