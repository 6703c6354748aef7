"""PyTorch as the peer of `npm run bench train`: the same layers and batches, timed on request.

Reads one JSON request a line: {"model", "microBatch", "accumulate", "threads", "channelsLast", "seconds"};
answers {"images", "seconds", "cpuSeconds"}. The data are on hand as floats, in the order of the file.
"""
import json
import resource
import sys
import time

import torch
from torch import nn

directory = sys.argv[1]


def read(name, header):
    with open(f"{directory}/{name}", "rb") as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


images = read("train-images-idx3-ubyte", 16).float().div(255).reshape(-1, 1, 28, 28)
labels = read("train-labels-idx1-ubyte", 8).long()


def build(model):
    if model == "simple-cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
            nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
        )
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


class Training:
    def __init__(self, model, channels_last):
        torch.manual_seed(0)
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.model = build(model).to(memory_format=self.format).train()
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3)
        self.loss = nn.CrossEntropyLoss()
        self.at = 0

    def step(self, micro, accumulate):
        self.optimizer.zero_grad(set_to_none=True)
        for _ in range(accumulate):
            if self.at + micro > len(labels):
                self.at = 0
            x = images[self.at : self.at + micro].contiguous(memory_format=self.format)
            loss = self.loss(self.model(x), labels[self.at : self.at + micro]) / accumulate
            loss.backward()
            loss.item()
            self.at += micro
        self.optimizer.step()
        return micro * accumulate


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


trainings = {}
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    torch.set_num_threads(request["threads"])
    key = (request["model"], request["channelsLast"])
    if key not in trainings:
        trainings[key] = Training(*key)
    training = trainings[key]
    micro, accumulate = request["microBatch"], request["accumulate"]
    for _ in range(3):
        training.step(micro, accumulate)
    began, used, done = time.perf_counter(), cpu(), 0
    while time.perf_counter() - began < request["seconds"]:
        done += training.step(micro, accumulate)
    print(json.dumps({"images": done, "seconds": time.perf_counter() - began, "cpuSeconds": cpu() - used}), flush=True)
