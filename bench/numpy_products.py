"""Nanoseconds of NumPy's matrix product in float32 with one thread: numpy_products.py [<m> <n> <k> <form>]..., as JSON"""

import json
import os
import statistics
import sys
import time

for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[library + "_NUM_THREADS"] = "1"

import numpy as np


def measured(m, n, k, form):
    a = np.sin(np.arange(1, m * k + 1, dtype=np.float32)).reshape((k, m) if form == 1 else (m, k))
    b = np.sin(np.arange(2, n * k + 2, dtype=np.float32)).reshape((n, k) if form == 2 else (k, n))
    a = a.T if form == 1 else a
    b = b.T if form == 2 else b
    c = np.empty((m, n), np.float32)
    batch = max(1, 20_000_000 // (m * n * k))
    samples = []
    end = time.perf_counter_ns() + 100e6
    while len(samples) < 5 or time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        for _ in range(batch):
            np.matmul(a, b, out=c)
        samples.append((time.perf_counter_ns() - start) / batch)
    return statistics.median(samples[1:])


numbers = [int(x) for x in sys.argv[1:]]
print(json.dumps([measured(*numbers[i : i + 4]) for i in range(0, len(numbers), 4)]))
