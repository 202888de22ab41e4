"""SciPy's rows of ACCURACY.md, for accuracy.mjs: relative errors and evaluations on the 24 functions, as JSON."""

import json
import math
import pathlib

import numpy as np
import scipy
from scipy.optimize._numdiff import approx_derivative
from scipy.special import erf

F = {
    "exp(x)": np.exp,
    "sin(x)": np.sin,
    "sin(100x)": lambda x: np.sin(100 * x),
    "log(x)": np.log,
    "sqrt(x)": np.sqrt,
    "tan(x)": np.tan,
    "x^9": lambda x: x**9,
    "1/x": lambda x: 1 / x,
    "exp(-x²)": lambda x: np.exp(-x * x),
    "atan(x)": np.arctan,
    "sinh(x)": np.sinh,
    "x sin(1/x)": lambda x: x * np.sin(1 / x),
    "log1p(x)": np.log1p,
    "exp(50x)": lambda x: np.exp(50 * x),
    "1/(1+25x²)": lambda x: 1 / (1 + 25 * x * x),
    "x^x": lambda x: x**x,
    "x³-2x+5": lambda x: x**3 - 2 * x + 5,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "erf(x)": erf,
    "exp(x)/(sin³x+cos³x)": lambda x: np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3),
    "cosh(x)-1": lambda x: np.cosh(x) - 1,
}


def measure(run):
    rows = []
    for case in cases:
        f, calls = F[case["f"]], [0]

        def counted(x):
            calls[0] += np.size(x)
            return f(x)

        with np.errstate(all="ignore"):
            value, error = run(counted, case["x"])
        truth = case["value"][0]
        off = abs(value - truth)
        rows.append([off / abs(truth) if math.isfinite(off) else None, calls[0], None if error is None else bool(off <= error)])
    return rows


path = pathlib.Path(__file__).parent.parent / "test/fixtures/derivative.jsonl"
cases = [c for c in map(json.loads, path.read_text().splitlines()) if c["set"] == "classic"]
name = f"SciPy {scipy.__version__} "
rows = {
    name + method: measure(lambda f, x, m=method: (float(approx_derivative(lambda v: f(v[0]), [x], method=m)[0]), None))
    for method in ["2-point", "3-point"]
}
try:
    from scipy.differentiate import derivative  # since 1.15

    def adaptive(f, x):
        result = derivative(f, x)
        return float(result.df), float(result.error)

    rows[name + "differentiate"] = measure(adaptive)
except ImportError:
    pass
print(json.dumps(rows))
