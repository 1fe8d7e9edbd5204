"use strict";

const CHUNK = 1;
const VARIABLE = 2;
const KIND_NAMES = ["atom", "chunk", "variable"];
const QUANTA_PER_BIT = 2 ** 20;
const FILLERS_IN_A_NAME = 3;
const LONGEST_NAME = 120; // characters

/** Entries as arrays, what holds what, and the names by which they are shown. */
class Lexicon {
  constructor(data) {
    this.data = data;
    this.nAtoms = data.symbols.length;
    this.size = this.nAtoms + data.sizes.length;
    this.kinds = new Uint8Array(this.size);
    this.kinds.set(Array.from(data.kinds, Number), this.nAtoms);
    this.offsets = new Int32Array(this.size + 1);
    data.sizes.forEach((size, k) => {
      this.offsets[this.nAtoms + k + 1] = this.offsets[this.nAtoms + k] + size;
    });
    this.parts = Int32Array.from(data.parts);
    this.unitQuanta = Float64Array.from(data.unit_costs, (k) => data.costs[k]);
    this.unitCounts = Float64Array.from(data.unit_costs, (k) => data.counts[k]);
    this.escapeQuanta = data.escape_quanta;
    this.fillerQuanta = new Float64Array(this.parts.length);
    this.fillerCounts = new Float64Array(this.parts.length);
    let k = 0;
    for (let entry = this.nAtoms; entry < this.size; entry++) {
      if (this.kinds[entry] !== VARIABLE) continue;
      for (let place = this.offsets[entry]; place < this.offsets[entry + 1]; place++, k++) {
        this.fillerQuanta[place] = data.filler_quanta[k];
        this.fillerCounts[place] = data.filler_counts[k];
      }
    }
    this.codes = new Map(data.symbols.map((symbol, code) => [symbol, code]));
    this.patterns = new Array(this.size);
    this.names = new Array(this.size);
    this.indexWholes();
  }

  /** For each entry the entries that hold it, ascending, and at which place. */
  indexWholes() {
    const first = new Int32Array(this.size + 1);
    for (const part of this.parts) first[part + 1]++;
    for (let entry = 0; entry < this.size; entry++) first[entry + 1] += first[entry];
    this.firstWhole = first;
    this.wholes = new Int32Array(this.parts.length);
    this.wholePlaces = new Int32Array(this.parts.length);
    const next = first.slice();
    for (let entry = this.nAtoms; entry < this.size; entry++) {
      for (let place = this.offsets[entry]; place < this.offsets[entry + 1]; place++) {
        const k = next[this.parts[place]]++;
        this.wholes[k] = entry;
        this.wholePlaces[k] = place;
      }
    }
  }

  /** Entries that hold an entry: {whole, place}, each whole once. */
  wholesOf(entry) {
    const found = [];
    for (let k = this.firstWhole[entry]; k < this.firstWhole[entry + 1]; k++) {
      if (k > this.firstWhole[entry] && this.wholes[k] === this.wholes[k - 1]) continue;
      found.push({ whole: this.wholes[k], place: this.wholePlaces[k] });
    }
    return found;
  }

  partsOf(entry) {
    return this.parts.subarray(this.offsets[entry], this.offsets[entry + 1]);
  }

  /** Times an atom or chunk was a unit, or times a variable filled a slot. */
  count(entry) {
    if (this.kinds[entry] !== VARIABLE) return this.unitCounts[entry];
    let total = 0;
    for (let place = this.offsets[entry]; place < this.offsets[entry + 1]; place++) {
      total += this.fillerCounts[place];
    }
    return total;
  }

  unitBits(entry) {
    return this.unitQuanta[entry] / QUANTA_PER_BIT;
  }

  /** An entry flattened to symbols and variables. */
  pattern(entry) {
    if (this.patterns[entry] === undefined) {
      const isPlain = this.kinds[entry] !== CHUNK;
      const parts = isPlain ? [entry] : [].concat(...Array.from(this.partsOf(entry), (part) => this.pattern(part)));
      this.patterns[entry] = parts;
    }
    return this.patterns[entry];
  }

  /** Members of a variable, the likeliest first: {entry, place, share}. */
  fillersOf(variable) {
    const members = [];
    for (let place = this.offsets[variable]; place < this.offsets[variable + 1]; place++) {
      const share = 2 ** (-this.fillerQuanta[place] / QUANTA_PER_BIT);
      members.push({ entry: this.parts[place], place, share });
    }
    return members.sort((a, b) => b.share - a.share || a.entry - b.entry);
  }

  /** An entry as a person reads it; a variable as `{dog|cat|…}`. */
  name(entry) {
    if (this.names[entry] === undefined) {
      let name;
      if (this.kinds[entry] === VARIABLE) {
        const shown = this.fillersOf(entry).slice(0, FILLERS_IN_A_NAME).map((f) => this.name(f.entry));
        const isMore = this.partsOf(entry).length > FILLERS_IN_A_NAME;
        name = `{${shown.join("|")}${isMore ? "|…" : ""}}`;
      } else if (entry < this.nAtoms) {
        name = this.data.shown[entry] === " " ? "␣" : this.data.shown[entry];
      } else {
        name = this.pattern(entry).map((part) => this.within(part)).join(this.data.separator);
      }
      this.names[entry] = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
    }
    return this.names[entry];
  }

  /** An entry where it stands in a longer one. */
  within(entry) {
    return entry < this.nAtoms ? this.data.shown[entry] : this.name(entry);
  }

  /** Symbols of a text as codes, -1 where unknown, and as they are shown. */
  encode(text) {
    const symbols = split(text, this.data.unit);
    const codes = symbols.map((symbol) => this.codes.get(symbol) ?? -1);
    const shown = symbols.map((symbol, i) => (codes[i] < 0 ? String(symbol) : this.data.shown[codes[i]]));
    return { codes, shown };
  }
}

/** A text as its symbols, as hvm reads it. */
function split(text, unit) {
  if (unit === "word") {
    const word = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]";
    const other = "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}\\p{White_Space}]";
    return text.match(new RegExp(`${word}+|${other}+`, "gu")) || [];
  }
  if (unit === "byte") return Array.from(new TextEncoder().encode(text));
  if (unit === "int") return (text.match(/-?\d+/g) || []).map(Number);
  return Array.from(text);
}
