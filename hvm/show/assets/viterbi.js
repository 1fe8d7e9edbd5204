"use strict";

/**
 * The parse of least cost, as `hvm.parse` finds it: ties go to fewer units, then to lower units
 * from the left, then to lower fillers. Costs are whole quanta of 2**-20 bit, so ties are ties.
 */
class Parser {
  /** @param {Lexicon} lexicon */
  constructor(lexicon) {
    this.lexicon = lexicon;
    this.children = new Map(); // node * entries + label -> node
    this.slots = new Map(); // node -> variables that go on from it
    this.ends = []; // by node: what a pattern that ends here stands for, or -1
    this.roots = new Map(); // variable -> node
    this.units = this.node();
    for (let entry = 0; entry < lexicon.size; entry++) {
      if (lexicon.kinds[entry] !== VARIABLE) this.insert(this.units, lexicon.pattern(entry), entry);
    }
  }

  node() {
    this.ends.push(-1);
    return this.ends.length - 1;
  }

  insert(root, pattern, end) {
    let node = root;
    for (const label of pattern) {
      const key = node * this.lexicon.size + label;
      let child = this.children.get(key);
      if (child === undefined) {
        child = this.node();
        this.children.set(key, child);
        if (label >= this.lexicon.nAtoms) {
          if (!this.slots.has(node)) this.slots.set(node, []);
          this.slots.get(node).push(label);
        }
      }
      node = child;
    }
    this.ends[node] = end;
  }

  /** The node from which a variable's fillers are spelled; its ends are places in `parts`. */
  root(variable) {
    if (!this.roots.has(variable)) {
      const { offsets, parts } = this.lexicon;
      const root = this.node();
      this.roots.set(variable, root);
      for (let place = offsets[variable]; place < offsets[variable + 1]; place++) {
        this.insert(root, this.lexicon.pattern(parts[place]), place);
      }
    }
    return this.roots.get(variable);
  }

  /**
   * Units of a sequence of symbol codes, -1 where unknown.
   * @returns {{units: {entry, start, end, slots}[], quanta: number}}
   */
  parse(codes) {
    const { unitQuanta, escapeQuanta } = this.lexicon;
    const n = codes.length;
    this.codes = codes;
    this.known = new Map(); // variable and position -> its fillers there
    const best = new Array(n + 1);
    best[n] = { quanta: 0, units: 0 };
    for (let i = n - 1; i >= 0; i--) {
      let choice = null;
      const consider = (entry, end, quanta, path) => {
        const way = {
          entry, end, path, quanta: quanta + best[end].quanta, units: 1 + best[end].units,
        };
        if (choice === null || isBefore(way, choice)) choice = way;
      };
      if (codes[i] < 0) consider(-1, i + 1, escapeQuanta, null);
      for (const { id, end, quanta, path } of this.search(this.units, i)) {
        consider(id, end, quanta + unitQuanta[id], path);
      }
      best[i] = choice;
    }
    const units = [];
    for (let i = 0; i < n; i = best[i].end) {
      units.push({ entry: best[i].entry, start: i, end: best[i].end, slots: slotsOf(best[i].path) });
    }
    return { units, quanta: best[0].quanta };
  }

  /** What ends where, of the patterns below a node that fit from a position on. */
  search(root, from) {
    const { codes, children, lexicon } = this;
    const found = [];
    const waiting = [new Map([[root, { quanta: 0, path: null }]])]; // by symbols covered
    for (let covered = 0; covered < waiting.length; covered++) {
      const position = from + covered;
      for (const [node, { quanta, path }] of waiting[covered] || []) {
        if (covered && this.ends[node] >= 0) {
          found.push({ id: this.ends[node], end: position, quanta, path });
        }
        if (position >= codes.length || codes[position] < 0) continue;
        const next = children.get(node * lexicon.size + codes[position]);
        if (next !== undefined) wait(waiting, covered + 1, next, quanta, path);
        for (const variable of this.slots.get(node) || []) {
          const child = children.get(node * lexicon.size + variable);
          for (const filler of this.fillers(variable, position)) {
            const longer = { before: path, filler };
            wait(waiting, filler.end - from, child, quanta + filler.quanta, longer);
          }
        }
      }
    }
    return found;
  }

  /** The fillers of a variable from a position on, the best for each end. */
  fillers(variable, start) {
    const { parts, fillerQuanta, size } = this.lexicon;
    const key = start * size + variable;
    if (!this.known.has(key)) {
      const byEnd = new Map();
      for (const { id: place, end, quanta, path } of this.search(this.root(variable), start)) {
        const way = {
          variable, place, filler: parts[place], start, end, path,
          quanta: quanta + fillerQuanta[place],
        };
        const other = byEnd.get(end);
        const isBetter = other === undefined || way.quanta < other.quanta
          || (way.quanta === other.quanta && way.filler < other.filler);
        if (isBetter) byEnd.set(end, way);
      }
      this.known.set(key, [...byEnd.values()]);
    }
    return this.known.get(key);
  }
}

/** Let a path wait at a node, unless one that is no worse waits there. */
function wait(waiting, covered, node, quanta, path) {
  while (waiting.length <= covered) waiting.push(undefined);
  waiting[covered] ||= new Map();
  const other = waiting[covered].get(node);
  const isBetter = other === undefined || quanta < other.quanta
    || (quanta === other.quanta && fillersBefore(path, other.path));
  if (isBetter) waiting[covered].set(node, { quanta, path });
}

function isBefore(way, other) {
  if (way.quanta !== other.quanta) return way.quanta < other.quanta;
  if (way.units !== other.units) return way.units < other.units;
  if (way.entry !== other.entry) return way.entry < other.entry;
  return fillersBefore(way.path, other.path);
}

/** Whether a path has lower fillers from the left than another of the same pattern. */
function fillersBefore(path, other) {
  let before = false;
  for (let a = path, b = other; a && b && a !== b; a = a.before, b = b.before) {
    if (a.filler.filler !== b.filler.filler) before = a.filler.filler < b.filler.filler;
    else if (a.filler.end !== b.filler.end) before = a.filler.end < b.filler.end;
  }
  return before;
}

/** The slots of a path from the left, each with those of its filler. */
function slotsOf(path) {
  const slots = [];
  for (let at = path; at; at = at.before) {
    const { variable, place, filler, start, end, path: inside } = at.filler;
    slots.unshift({ variable, place, filler, start, end, slots: slotsOf(inside) });
  }
  return slots;
}
