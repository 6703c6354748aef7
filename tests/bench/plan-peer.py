"""The peer of `npm run bench plan`: the n smallest of each request's window of slots, vectorised in numpy.

Reads one JSON document from standard input and prints the milliseconds of the fastest of several runs.
"""

import json
import sys
import time

import numpy as np

given = json.load(sys.stdin)
values = np.array(given["values"])
first = np.array(given["first"])
count = np.array(given["count"])
window = given["window"]
rows = np.arange(len(first))


def sums():
    """What each request emits: its n smallest values, summed."""
    windows = np.lib.stride_tricks.sliding_window_view(values, window)[first]
    return np.cumsum(np.sort(windows, axis=1), axis=1)[rows, count - 1].sum()


def slots():
    """Which slots each request takes, and their sum."""
    windows = np.lib.stride_tricks.sliding_window_view(values, window)[first]
    order = np.argsort(windows, axis=1)
    taken = np.arange(window) < count[:, None]
    chosen = np.zeros(windows.shape, dtype=bool)
    np.put_along_axis(chosen, order, taken, axis=1)
    return windows[chosen].sum()


def fastest(work):
    times = []
    for _ in range(given["runs"]):
        began = time.perf_counter()
        total = work()
        times.append((time.perf_counter() - began) * 1000)
    return min(times), total


sums_ms, total = fastest(sums)
slots_ms, _ = fastest(slots)
print(json.dumps({"numpy": np.__version__, "sumsMs": sums_ms, "slotsMs": slots_ms, "total": float(total)}))
