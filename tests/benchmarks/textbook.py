"""The training loop of the textbooks, which the course's own ``fit`` is measured against."""

import time

import torch
from torch import nn
from torch.utils.data import DataLoader


def train(model, dataset, epochs, *, learning_rate=0.01, after_epoch=None, batches=None):
    """DataLoader(64), fp32, SGD; return the seconds of training alone."""
    loader = DataLoader(dataset, batch_size=64, shuffle=True)
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    seconds = 0.0
    for _ in range(epochs):
        model.train()
        start = time.perf_counter()
        for number, (images, labels) in enumerate(loader):
            if number == batches:
                break
            optimizer.zero_grad()
            loss = loss_function(model(images), labels)
            loss.backward()
            optimizer.step()
        seconds += time.perf_counter() - start
        if after_epoch:
            after_epoch(model, seconds)
    return seconds
