"""``fit`` against the textbook loop on the classic network: images per second, as a ratio.

python tests/benchmarks/bench_fit.py [--images 6400] [--rounds 5] [--threads 1]
"""

import argparse
from statistics import median

import textbook
import torch
from torch.utils.data import Subset

from course_utils import _precision
from course_utils.datasets import load_cifar10
from course_utils.loaders import FastLoader
from course_utils.models import classic_cifar10
from course_utils.training import TrainConfig, fit
from course_utils.transforms import for_evaluation


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=6400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    part = range(options.images)
    slow_data = Subset(load_cifar10(train=True, transform=for_evaluation()), part)
    fast_data = Subset(load_cifar10(train=True, quiet=True), part)
    loader = FastLoader(fast_data, batch_size=64, shuffle=True)
    images, labels = next(iter(loader))
    model = classic_cifar10().to(memory_format=torch.channels_last)
    precision = _precision.choose("auto", model, images, labels, torch.device("cpu"))
    rounds = []
    for _ in range(options.rounds):
        slow = options.images / textbook.train(classic_cifar10(), slow_data, 1)
        config = TrainConfig(epochs=1, precision=precision)
        history = fit(classic_cifar10(), loader, None, config, device="cpu", progress=False)
        rounds.append((slow, history.images_per_second[0]))
    ratios = sorted(b / a for a, b in rounds)
    slow, quick = (median(column) for column in zip(*rounds, strict=True))
    print(
        f"textbook {slow:7,.0f}/s   fit ({precision}) {quick:7,.0f}/s   ratio {median(ratios):.2f} "
        f"({ratios[0]:.2f}…{ratios[-1]:.2f}, {len(ratios)} rounds, {options.threads} thread(s))"
    )


if __name__ == "__main__":
    main()
