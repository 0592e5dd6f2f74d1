"""Switchyard's own mixed logit as a model command: a model of your own can begin as a copy of this.

    switchyard predict examples/undercut.json --model-command 'python3 examples/models/logit.py examples/model.json'

Reads the alternatives of a chunk of visits as CSV, as docs/visits.md describes them, and prints a probability for each row.
Needs numpy.
"""

import json
import sys

import numpy as np


def taste(mean, sd=0, distribution="fixed", z=0):
    """A coefficient as this visit has it: `z` is its standard normal draw."""
    if distribution == "lognormal":
        return np.exp(mean + sd * z)
    if distribution == "negative_lognormal":
        return -np.exp(mean + sd * z)
    return mean + sd * z


with open(sys.argv[1], encoding="utf-8") as file:
    coefficients = json.load(file)["coefficients"]

# Each visit and market begins with its outside option, the only alternative with `no_switch`.
names = sys.stdin.readline().rstrip("\r\n").split(",")
used = sorted({"no_switch", *coefficients, *(name for name in names if name.startswith("z_"))})
places = [names.index(name) for name in used]
columns = np.loadtxt(sys.stdin, delimiter=",", quotechar='"', comments=None, usecols=places, ndmin=2).T
rows = dict(zip(used, columns))
starts = np.flatnonzero(rows["no_switch"])
visit = np.cumsum(rows["no_switch"]).astype(int) - 1

utility = sum(taste(**c, z=rows.get(f"z_{name}", 0)) * rows[name] for name, c in coefficients.items())
weight = np.exp(utility - np.maximum.reduceat(utility, starts)[visit])
probability = weight / np.add.reduceat(weight, starts)[visit]
np.savetxt(sys.stdout, probability, fmt="%.9g")
