"""Runs a snippet of the documentation, `value.py FILE.py` or `FILE.sql`, and prints the numbers of its last expression."""

import ast
import sys
from pathlib import Path

import duckdb


def value(path):
    text = path.read_text()
    if path.suffix == ".sql":
        return duckdb.sql(text).fetchall()
    block = ast.parse(text)
    last = ast.Expression(block.body.pop().value)
    names = {}
    exec(compile(block, path, "exec"), names)
    return eval(compile(last, path, "eval"), names)


def numbers(value):
    if hasattr(value, "to_numpy"):
        value = value.to_numpy().tolist()
    if isinstance(value, (list, tuple)):
        return [number for part in value for number in numbers(part)]
    return [value] if isinstance(value, (int, float)) else []


print("\n".join(repr(float(number)) for number in numbers(value(Path(sys.argv[1])))))
