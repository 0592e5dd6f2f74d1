"""Switchyard's own mixed logit as a model command: a model of your own can begin as a copy of this.

    switchyard predict examples/undercut.json --model-command 'python3 examples/models/logit.py examples/model.json'

Reads the alternatives of a chunk of visits as CSV, as docs/visits.md describes them, and prints a probability for each row.
Needs numpy.
"""

import json
import sys

import numpy as np

with open(sys.argv[1], encoding="utf-8") as file:
    model = json.load(file)
coefficients = model["coefficients"]

# Each visit and market begins with its outside option, the only alternative with `no_switch`.
names = sys.stdin.readline().rstrip("\r\n").split(",")
used = sorted({"no_switch", *coefficients, *(name for name in names if name.startswith("z_"))})
places = [names.index(name) for name in used]
columns = np.loadtxt(sys.stdin, delimiter=",", quotechar='"', comments=None, usecols=places, ndmin=2).T
rows = dict(zip(used, columns))
starts = np.flatnonzero(rows["no_switch"])
visit = np.cumsum(rows["no_switch"]).astype(int) - 1

# What moves a coefficient: its own normal by its sd or, of correlated tastes, the normals of all by its row of the factor.
loadings = {name: {name: c["sd"]} for name, c in coefficients.items() if "sd" in c}
if factor := model.get("cholesky"):
    loadings |= {name: dict(zip(factor["variables"], row)) for name, row in zip(factor["variables"], factor["matrix"])}


def taste(name, mean, distribution="fixed", sd=None):
    """A coefficient as each visit has it: `z_…` are its standard normal draws."""
    linear = mean + sum(by * rows[f"z_{on}"] for on, by in loadings.get(name, {}).items())
    if distribution in ("lognormal", "ln"):
        return np.exp(linear)
    if distribution in ("negative_lognormal", "nln"):
        return -np.exp(linear)
    return linear


utility = sum(taste(name, **c) * rows[name] for name, c in coefficients.items())
weight = np.exp(utility - np.maximum.reduceat(utility, starts)[visit])
probability = weight / np.add.reduceat(weight, starts)[visit]
np.savetxt(sys.stdout, probability, fmt="%.9g")
