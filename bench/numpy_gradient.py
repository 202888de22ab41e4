"""Measures np.gradient on one case: numpy_gradient.py <float64|float32> <spacing|uneven> <length>...

Prints {version, nanoseconds, checksum} as JSON. Data and checksum are those of cases.mjs.
"""
import json
import sys
from math import ceil
from statistics import median
from time import perf_counter_ns

import numpy as np

dtype, spacing, *lengths = sys.argv[1:]
shape = [int(length) for length in lengths]

hashed = np.arange(1, np.prod(shape) + 1, dtype=np.uint32) * np.uint32(0x9E3779B1)
hashed = (hashed ^ (hashed >> np.uint32(16))) * np.uint32(0x85EBCA6B)
hashed ^= hashed >> np.uint32(13)
noise = hashed / 2.0**32 - 0.5
f = noise.reshape(shape).astype(dtype)
if spacing == "uneven":
    arguments = [np.arange(f.size) * 0.1 + noise * 0.05]
else:
    arguments = [] if float(spacing) == 1 else [float(spacing)]

results = np.gradient(f, *arguments)
results = results if isinstance(results, (list, tuple)) else [results]
words = [result.reshape(-1).view(np.uint32) for result in results]
checksum = sum(int(np.sum(w * np.arange(1, 2 * w.size, 2, dtype=np.uint32), dtype=np.uint32)) for w in words) % 2**32
del results, words

start = perf_counter_ns()
calls = 0
while perf_counter_ns() - start < 50e6 or calls < 3:
    np.gradient(f, *arguments)
    calls += 1
batch = ceil(4e6 / ((perf_counter_ns() - start) / calls))
samples = []
end = perf_counter_ns() + 250e6
while len(samples) < 3 or perf_counter_ns() < end:
    start = perf_counter_ns()
    for _ in range(batch):
        np.gradient(f, *arguments)
    samples.append((perf_counter_ns() - start) / batch)

print(json.dumps({"version": np.__version__, "nanoseconds": median(samples), "checksum": checksum}))
