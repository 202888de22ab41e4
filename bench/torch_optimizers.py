"""Nanoseconds of a step of torch's optimizers with one thread: torch_optimizers.py <adam|sgd> <n>"""

import json
import statistics
import sys
import time

import torch

torch.set_num_threads(1)
rule, n = sys.argv[1], int(sys.argv[2])
p = torch.sin(torch.arange(1, n + 1, dtype=torch.float32)).requires_grad_()
p.grad = torch.sin(torch.arange(1, n + 1, dtype=torch.float32))
optimizer = torch.optim.Adam([p]) if rule == "adam" else torch.optim.SGD([p], lr=1e-6, momentum=0.9)
batch = 500 if n < 100_000 else 4
samples = []
end = time.perf_counter_ns() + 500e6
while len(samples) < 3 or time.perf_counter_ns() < end:
    start = time.perf_counter_ns()
    for _ in range(batch):
        optimizer.step()
    samples.append((time.perf_counter_ns() - start) / batch)
print(json.dumps({"nanoseconds": statistics.median(samples)}))
