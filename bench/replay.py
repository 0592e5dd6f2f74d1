"""The replay workload of src/lib.rs as one writes it with numpy: prints visits per second on one thread, and how many switched.

Vectorised over batches of visits that stay in the cache, single precision where the engine's is. Random numbers are numpy's own.
"""

import sys
import time

import numpy as np

DEALS = 64
PROFILES = 20_000
BATCH = 2_000
JITTER = 0.08

deal = np.arange(DEALS)
supplier = deal // 8
elec_standing, elec_unit = 40 + deal * 7 % 13, 24 + 0.2 * (deal * 11 % 17)
gas_standing, gas_unit = 28 + deal * 3 % 5, 5.5 + 0.05 * (deal * 5 % 19)
# Every deal is at one rate for the year: its variable tariff's where it ends before, which here it does not.
COST = np.array([365 * (elec_standing + gas_standing), elec_unit, gas_unit])
KNOWN = (0.55 * (deal % 8 != 0) - 0.0035 * 50 + 0.48 * (3 + 0.2 * supplier) + 0.15 * (deal % 5 == 0)).astype(np.float32)
OWN = 0.7 * (supplier == np.arange(8)[:, None]).astype(np.float32)
PLACE = (-0.24 * np.log(deal + 1)).astype(np.float32)

visit = np.arange(PROFILES)
ELEC, GAS, PRESENT = 1_500 + visit * 37 % 4_000, 6_000 + visit * 91 % 12_000, visit % 8 * 8


def replay(visits: int, rng: np.random.Generator) -> int:
    """Expected and sampled choices of each deal, the saving, and the first deal's positions; gives the sampled switches."""
    expected, sampled, saved = np.zeros(DEALS), np.zeros(DEALS + 1, np.int64), 0.0
    places = np.zeros(DEALS, np.int64)
    used = np.ones((BATCH, 3))
    utility = np.empty((BATCH, DEALS), np.float32)
    rows = np.arange(0, BATCH * DEALS, DEALS, dtype=np.int32)[:, None]
    for _ in range(visits // BATCH):
        profile = rng.integers(PROFILES, size=BATCH)
        factor = np.exp(JITTER * rng.standard_normal((2, BATCH)) - JITTER**2 / 2)
        used[:, 1] = np.rint(ELEC[profile] * factor[0])
        used[:, 2] = np.rint(GAS[profile] * factor[1])
        present = PRESENT[profile]
        pence = np.rint(used @ COST).astype(np.int32)
        saving = (np.take_along_axis(pence, present[:, None], 1) - pence).astype(np.float32)
        # Sorted with the deal in the low bits, which numpy does several times as fast as argsort.
        order = np.sort(pence << 6 | deal.astype(np.int32)) & 63
        utility.ravel()[order + rows] = PLACE
        places += np.bincount(np.nonzero(order == 0)[1], minlength=DEALS)
        taste = np.exp(-4.4 + 0.5 * rng.standard_normal(BATCH, np.float32))
        utility += KNOWN
        utility += OWN[present // 8]
        utility += (0.01 * taste[:, None]) * saving
        best = np.maximum(utility.max(1, keepdims=True), 7)
        utility -= best
        np.exp(utility, out=utility)
        utility /= utility.sum(1, keepdims=True) + np.exp(7 - best)
        expected += utility.sum(0)
        saved += np.vdot(utility, saving)
        chosen = (np.cumsum(utility, 1) <= rng.random((BATCH, 1), np.float32)).sum(1)
        sampled += np.bincount(chosen, minlength=DEALS + 1)
    return int(sampled[:DEALS].sum())


visits = int(sys.argv[1])
rng = np.random.default_rng(1)
replay(visits // 5, rng)
started = time.perf_counter()
switches = replay(visits, rng)
print(f"{visits / (time.perf_counter() - started):.0f} {switches}")
