"""Writes expected.json: what project/scenario.mjs must give in every runtime, computed by NumPy 2.

    python3 test/runtime/expected.py

Names, inputs and order are those of scenario.mjs; optimizers are written out from their formulas.
"""

import json
import zlib
from pathlib import Path

import numpy as np

assert int(np.__version__.split(".")[0]) >= 2, "NumPy 2 rounds float32 results as this package does"


def samples(n):
    i = np.arange(n)
    return i * (31 * i + 17) % 1009 / 64 - 7


def uneven(n):
    i = np.arange(n)
    return i / 8 + i % 3 / 32


def thirds(n):
    return (samples(n) / 3).astype(np.float32)


expected = {}


def record(name, kind, *arrays):
    expected[name] = [
        {
            "kind": kind,
            "shape": list(each.shape),
            "bits": each.tobytes().hex() if each.nbytes <= 512 else f"crc32 {zlib.crc32(each.tobytes()):08x}",
        }
        for each in arrays
    ]


record("numbers", "Array", np.gradient(np.array([1.0, 2, 4, 7, 11])))
record("doubles, spacing 0.1", "Float64Array", np.gradient(samples(257), 0.1, edge_order=2))
record("doubles, coordinates", "Float64Array", np.gradient(samples(257), uneven(257), edge_order=2))
record("floats, spacing 0.1", "Float32Array", np.gradient(thirds(1001), 0.1))
record("floats, coordinates", "Float32Array", np.gradient(thirds(1001), uneven(1001)))
record("int16", "Float64Array", np.gradient((samples(100) * 64).astype(np.int16), 3))
record("bigint64", "Float64Array", np.gradient((samples(100) * 64).astype(np.int64) << 40))
record("nested", "Array", *np.gradient(samples(20).reshape(4, 5)))
record("nested, axis 0", "Array", np.gradient(samples(20).reshape(4, 5), 0.3, axis=0))
f = samples(37 * 41).reshape(37, 41)
record("2-D", "NDArray of float64", *np.gradient(f, 0.5, uneven(41)), f)
f = samples(5 * 6 * 7).reshape(5, 6, 7).astype(np.float32)
record("3-D floats", "NDArray of float32", *np.gradient(f, 0.1, 2.0, 0.3, edge_order=2), f)
record("transposed", "NDArray of float64", *np.gradient(np.ascontiguousarray(samples(30).reshape(6, 5).T)))
f = samples(60).view(np.complex128)
record("complex", "NDArray of complex128", np.gradient(f, 0.1), f)
f = (samples(50) * 64).astype(np.int64).astype("datetime64[D]")
record("dates", "NDArray of timedelta64", np.gradient(f, 2))
expected["dates"].append({**expected["dates"][0], "kind": "NDArray of datetime64", "bits": f.tobytes().hex()})
f = samples(600).reshape(20, 30)
record("written to out", "NDArray of float64", *np.gradient(f, 0.7), f)
record("streamed", "Float64Array", np.gradient(samples(100_000), 0.1))

def rosenbrock(x):
    total = 0.0
    for before, x_i in zip(x, x[1:]):
        across = x_i - before * before
        along = 1 - before
        total += 100 * (across * across) + along * along
    return total


EPSILON = np.finfo(np.float64).eps


def differences(x, method):
    """The steps of scipy.optimize: a root of the machine epsilon, relative where |x| > 1, away from zero."""
    x = [float(each) for each in x]
    gradient = []
    for i, x_i in enumerate(x):
        h = float(EPSILON ** (1 / 3 if method == "central" else 1 / 2)) * max(1.0, abs(x_i))
        if method != "central":
            h *= (1 if x_i >= 0 else -1) * (1 if method == "forward" else -1)
        low, high = (x_i - h if method == "central" else x_i), x_i + h
        below, above = (rosenbrock(x[:i] + [moved] + x[i + 1 :]) for moved in (low, high))
        gradient.append((above - below) / (high - low))
    return np.array(gradient)


for method in ["central", "forward", "backward"]:
    record(f"numericalGradient, {method}", "Float64Array", differences(samples(20), method))
x = np.array([0.5, -0.25, 2])
record("numericalGradient of an NDArray", "NDArray of float64", differences(x, "central"), x)

x = np.array([0.5, -2, 1])
record("derivative", "Array", 3 * x**2 - 2)
x = np.array([1.0, 2, 4])
matrix = np.array([[x[1], x[0], 0], [0, x[2], x[1]], [x[2], 0, x[0]]])
record("jacobian", "Array", matrix)
record("jacobian, sparse", "Float32Array", matrix[matrix != 0].astype(np.float32))
expected["checkGradient"] = [True, False, ["x[1]"]]

p = np.concatenate([samples(6), [1, -2]])
for k in range(10):
    d = np.concatenate([samples(6) * k, [0.5, k / 3]]) + 0.01 * p
    b = d if k == 0 else 0.9 * b + d
    p = p - 0.05 * (d + 0.9 * b)
record("sgd", "Float64Array", p[:6], p[6:])

x = np.array([-0.5, 0.75, 0.5])
for k in range(200):
    x = x - 0.001 * differences(x, "central")
record("minimize, numerical gradient", "Array", x, differences(x, "central"))
p, steps = 2.0, 0
while abs(2 * p) > 1e-6:
    p, steps = p - 0.1 * (2 * p), steps + 1
record("minimize, analytic gradient", "Array", np.array([p, p * p]))
expected["minimize, counts"] = [200, "maxIterations", steps, steps + 1, "gradientTolerance"]

expected["memory held at the end"] = 0

file = Path(__file__).with_name("expected.json")
file.write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")
