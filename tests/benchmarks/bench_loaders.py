"""FastLoader against torchvision's CIFAR10 behind a DataLoader: images per second, as a ratio.

python tests/benchmarks/bench_loaders.py [--images 10000] [--rounds 5]
"""

import argparse
import time
from statistics import median

import torch
from torch.utils.data import DataLoader, Subset

from course_utils.datasets import load_cifar10
from course_utils.loaders import FastLoader
from course_utils.transforms import for_evaluation, for_training


def images_per_second(loader):
    start = time.perf_counter()
    count = sum(len(labels) for _, labels in loader)
    return count / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    plain = load_cifar10(train=True)
    part = range(min(options.images, len(plain)))
    for title, transform, augment in (
        ("no augmentation", for_evaluation(), {}),
        ("crop and flip", for_training(), {"crop_padding": 2, "flip": True}),
    ):
        textbook = DataLoader(
            Subset(load_cifar10(train=True, transform=transform, quiet=True), part),
            batch_size=64,
            shuffle=True,
        )
        fast = FastLoader(plain, batch_size=64, shuffle=True, **augment)
        rounds = [
            (images_per_second(textbook), images_per_second(fast)) for _ in range(options.rounds)
        ]
        ratios = sorted(b / a for a, b in rounds)
        slow, quick = (median(column) for column in zip(*rounds, strict=True))
        print(
            f"{title:16s} DataLoader {slow:8,.0f}/s   FastLoader {quick:9,.0f}/s   ratio "
            f"{median(ratios):5.1f} ({ratios[0]:.1f}…{ratios[-1]:.1f}, {len(ratios)} rounds)"
        )


if __name__ == "__main__":
    main()
