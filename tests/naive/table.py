"""A slow twin of the table: a dict, which has no capacity to run out of."""

from __future__ import annotations


def make_table(n_keys):
    return {}


def insert(table, key, value):
    table[key] = value


def value_of(table, key, otherwise):
    return table.get(key, otherwise)


def with_capacity(table, n_more):
    return dict(table)


def items(table):
    return list(table), list(table.values())
