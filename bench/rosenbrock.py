"""Times SciPy's gradients of Rosenbrock's function by differences: nanoseconds a call by size and method, as JSON."""

import json
import statistics
import time

import numpy as np
from scipy.optimize import approx_fprime
from scipy.optimize._numdiff import approx_derivative

ROUNDS = 7
BUDGET = 0.05  # s a round


def rosenbrock(x):
    a = x[1:] - x[:-1] * x[:-1]
    b = 1 - x[:-1]
    return np.sum(100 * a * a + b * b)


def exact(x):
    a = x[1:] - x[:-1] * x[:-1]
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * a * x[:-1] - 2 * (1 - x[:-1])
    gradient[1:] += 200 * a
    return gradient


def time_of(call):
    """The median of rounds, in nanoseconds."""
    start = time.perf_counter()
    call()
    repeats = max(1, int(BUDGET / (time.perf_counter() - start)))
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        rounds.append((time.perf_counter() - start) / repeats)
    return 1e9 * statistics.median(rounds)


results = {}
for n in [20, 1000]:
    x = np.arange(n) * 37 % 101 / 50 - 1
    methods = {
        "SciPy, 3-point": lambda: approx_derivative(rosenbrock, x),
        "SciPy, approx_fprime": lambda: approx_fprime(x, rosenbrock),
    }
    for call in methods.values():
        assert np.allclose(call(), exact(x), rtol=0, atol=1e-4 * np.max(np.abs(exact(x))))
    results[n] = {name: time_of(call) for name, call in methods.items()}
print(json.dumps(results))
