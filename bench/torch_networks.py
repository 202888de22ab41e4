"""Nanoseconds of an epoch by torch with one thread, and the loss after the first: torch_networks.py <training>, as JSON"""

import json
import os
import statistics
import sys
import time

for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[library + "_NUM_THREADS"] = "1"

import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)

# See trainings.mjs.
content = open(sys.argv[1], "rb").read()
batch_size, rows, depth = np.frombuffer(content, "<i4", 3)
layers = np.frombuffer(content, "<i4", depth, 12).tolist()
labels = torch.from_numpy(np.frombuffer(content, "<i4", rows, 12 + 4 * depth).astype(np.int64))
rest = torch.from_numpy(np.frombuffer(content, "<f4", offset=12 + 4 * (depth + rows)).copy())
inputs = rest[: rows * layers[0]].view(rows, layers[0])
rest = rest[rows * layers[0] :]

modules = []
for wide, width in zip(layers, layers[1:]):
    linear = nn.Linear(wide, width)
    with torch.no_grad():
        linear.weight.copy_(rest[: wide * width].view(wide, width).T)
        linear.bias.copy_(rest[wide * width : (wide + 1) * width])
    rest = rest[(wide + 1) * width :]
    modules += [linear, nn.ReLU()]
model = nn.Sequential(*modules[:-1])
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def epoch():
    total = 0.0
    for start in range(0, rows, batch_size):
        x, y = inputs[start : start + batch_size], labels[start : start + batch_size]
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / rows


def measured(epochs, seconds):
    samples = []
    end = time.perf_counter() + seconds
    while len(samples) == 0 or (len(samples) < epochs and time.perf_counter() < end):
        start = time.perf_counter_ns()
        epoch()
        samples.append(time.perf_counter_ns() - start)
    return statistics.median(samples)


epoch()
with torch.no_grad():
    first = criterion(model(inputs), labels).item()
measured(4, 1)
print(json.dumps({"nanoseconds": measured(20, 1.5), "loss": first}))
