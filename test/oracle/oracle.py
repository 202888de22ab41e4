"""The built package against the NumPy that runs this: NumPy's own tests of gradient, then random cases, bit for bit.

    npm run oracle -- [cases, 20000 unless given] [seed, drawn and printed unless given]

NumPy 2, or 1.24 with the promotion rules of 2.x, which are switched on below; for float16, the node of the PATH must be
24 or newer. What differs on purpose is named here.
"""

import base64
import inspect
import json
import os
import pathlib
import random
import subprocess
import sys

os.environ["NPY_PROMOTION_STATE"] = "weak"

import numpy as np  # noqa: E402  the variable is read at import

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fixtures"))

import gradient as make  # noqa: E402

CLASSES = {"ValueError": "RangeError", "IndexError": "RangeError", "ZeroDivisionError": "RangeError"}
ERRORS = {"RangeError": ValueError, "TypeError": TypeError, "AxisError": getattr(np, "exceptions", np).AxisError}

node = subprocess.Popen(
    ["node", pathlib.Path(__file__).parent / "bridge.mjs"],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
)


def encode(array):
    plain = isinstance(array, float)
    array = np.ascontiguousarray(array).reshape(np.shape(array))
    kind, unit = array.dtype.kind, None
    if kind in "mM":
        name, count = np.datetime_data(array.dtype)
        unit = None if name == "generic" else name if count == 1 else f"{count}{name}"
    dtype = {"m": "timedelta64", "M": "datetime64"}.get(kind, array.dtype.name)
    encoded = base64.b64encode(array.tobytes()).decode()
    return {"dtype": dtype, "unit": unit, "shape": array.shape, "bytes": encoded, "plain": plain}


def decode(answer):
    dtype = answer["dtype"] + (f"[{answer['unit']}]" if answer["unit"] else "")
    return np.frombuffer(base64.b64decode(answer["bytes"]), dtype).reshape(answer["shape"]).copy()


def ask(f, spacing, axis, edge, seed=None):
    request = {"f": encode(f), "spacing": [encode(h) for h in spacing], "axis": axis, "edge": edge, "seed": seed}
    try:
        node.stdin.write(json.dumps(request) + "\n")
        node.stdin.flush()
    except BrokenPipeError:
        pass  # nothing is left to read either
    return json.loads(node.stdout.readline() or sys.exit("Node has ended."))


def through_node(f, *spacing, axis=None, edge_order=1):
    """np.gradient, by way of the package."""
    f = np.asarray(f)
    numbers = [float(h) if isinstance(h, (int, float)) else np.asarray(h) for h in spacing]
    answer = ask(f, numbers, axis, edge_order)
    if "error" in answer:
        name, text = answer["error"]
        raise ERRORS[name](text)
    results = [decode(result) for result in answer["results"]]
    return results[0] if answer["single"] else tuple(results)


def numpys_own_tests():
    import numpy.lib.tests.test_function_base as theirs

    real, np.gradient, theirs.gradient = np.gradient, through_node, through_node
    passed, failed = 0, 0
    for name, test in inspect.getmembers(theirs.TestGradient(), inspect.ismethod):
        if not name.startswith("test") or name == "test_masked":  # JavaScript has no masked arrays
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        for arguments in [{marks[0].args[0]: value} for value in marks[0].args[1]] if marks else [{}]:
            try:
                test(**arguments)
                passed += 1
            except Exception as error:
                failed += 1
                print(f"{name} {arguments}: {error!r}")
    np.gradient = real
    print(f"NumPy {np.__version__}, its TestGradient: {passed} passed, {failed} failed")
    return failed


def any_shape(rng):
    """Mostly a few elements; sometimes more than a tile, a table of weights or the streaming window holds."""
    size = rng.random()
    if size < 0.97:
        return make.shape([0, *(9 * [1]), *(6 * [2]), *(3 * [3]), 4, 4, 5], 0 if rng.random() < 0.05 else 1 if rng.random() < 0.2 else 3, 1000)
    if size < 0.995:
        return rng.choice([(rng.randint(500, 5000),), (4, rng.randint(300, 1500)), (rng.randint(300, 1500), 4), (30, 50), (7, 20, 40)])
    n = rng.randint(8000, 20000)
    return rng.choice([(3 * n,), (8190 + rng.randint(0, 9),), (3, 5 * n), (3, 3, 2 * n), (n, 3), (300, 300), (40, 45, 50)])


DURATIONS = ["timedelta64", "timedelta64[s]", "timedelta64[D]"]


def any_case(rng):
    shape = any_shape(rng)
    ndim = len(shape)
    dtype = rng.choice([*make.FIELDS, *(3 * make.FLOATS), "bool"])
    f = np.resize(make.values(min(997, int(np.prod(shape))), dtype), shape)
    axis, axes = None, list(range(ndim))
    if rng.random() < 0.6:
        axes = [k - rng.choice([0, ndim]) for k in rng.sample(axes, rng.randint(min(ndim, rng.random() < 0.95), ndim))]
        if rng.random() < 0.03:
            axes.append(rng.choice([ndim, -ndim - 1, 0]))
        axis = axes[0] if len(axes) == 1 and rng.random() < 0.8 else axes

    def length(k):
        return 3 if not -ndim <= k < ndim else rng.choice([1, shape[k] + 1]) if rng.random() < 0.01 else shape[k]

    forms = [
        lambda k: make.number(),
        lambda k: make.scalar(rng.choice(make.REALS)),
        lambda k: make.coordinates(length(k), rng.choice(make.REALS)),
        lambda k: make.coordinates(length(k), "float64"),
        lambda k: make.values(length(k), "timedelta64[s]"),
        lambda k: make.values(length(k), "bool"),
        lambda k: np.arange(length(k)) % rng.choice([1, 2]) != rng.choice([0, 1]),
        lambda k: make.values(1, rng.choice(["bool", *DURATIONS])).reshape(()),
    ]
    each = [rng.choices(forms, [4, 2, 8, 4, 1, 0.2, 0.2, 0.3])[0](k) for k in axes]
    spacing = rng.choices([[], [make.number()], [make.scalar(rng.choice(make.REALS))], each, [1.0, *each]], [4, 3, 2, 12, 0.1])[0]
    return f, spacing, axis, rng.choice([1, 2, 1, 2, 1, 2, 1, 2, 3] if rng.random() < 0.1 else [1, 2])


def is_known(f, spacing, edge):
    """Durations over a single one of another unit are refused here; one of 2^62 ticks or more is NaT at the edges, too."""
    single = [h for h in spacing if np.ndim(h) == 0 and isinstance(h, np.ndarray) and h.dtype.kind == "m"]
    if f.dtype.kind not in "mM" or edge == 2:
        return False
    units = {np.datetime_data(array.dtype) for array in (f, *single)}
    return len(units - {("generic", 1)}) > 1 or any(abs(float(h.view("i8"))) >= 2.0**62 for h in single)


def difference(f, spacing, axis, edge, seed):
    answer = ask(f, spacing, axis, edge, seed)
    try:
        result = np.gradient(f, *spacing, axis=tuple(axis) if isinstance(axis, list) else axis, edge_order=edge)
    except Exception as error:
        name = "TypeError" if isinstance(error, TypeError) else type(error).__name__
        expected = [CLASSES.get(name, name), str(error)]
        return None if answer.get("error") == expected else f"{answer.get('error', 'a result')}, not {expected}"
    if "error" in answer:
        return f"{answer['error']}, not a result"
    if answer["single"] != isinstance(result, np.ndarray):
        return "a bare array where NumPy gives a tuple, or the reverse"
    expected = [result] if answer["single"] else result
    got = [decode(each) for each in answer["results"]]
    for a, b in zip(got, expected, strict=True):
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"{a.dtype} {a.shape}, not {b.dtype} {b.shape}"
        parts = "f4" if a.dtype == "c8" else "f8" if a.dtype == "c16" else a.dtype
        a, b = np.ascontiguousarray(a).reshape(-1).view(parts), np.ascontiguousarray(b).reshape(-1).view(parts)
        bits = f"u{a.itemsize}"
        wrong = (a.view(bits) != b.view(bits)) & ~((a != a) & (b != b) if a.dtype.kind == "f" else False)
        if wrong.any():
            at = int(np.argmax(wrong))
            return f"element {at} is {a[at]!r}, not {b[at]!r}"
    return None


def random_cases(count, seed):
    make.rng.seed(seed)
    rng = random.Random(seed)
    failed, skipped = 0, 0
    for k in range(count):
        f, spacing, axis, edge = any_case(rng)
        if is_known(f, spacing, edge):
            skipped += 1
            continue
        wrong = difference(f, spacing, axis, edge, k)
        if wrong:
            failed += 1
            forms = [repr(h) if np.ndim(h) == 0 else f"{h.dtype} {h[:9]}" for h in spacing]
            print(f"case {k}: f {f.dtype} {f.shape}, spacing {forms}, axis {axis}, edge order {edge}: {wrong}")
    print(f"seed {seed}: {count - skipped - failed} random cases have NumPy's bits or errors, {failed} have not, {skipped} skipped")
    return failed


count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
sys.exit(1 if numpys_own_tests() + random_cases(count, seed) else 0)
