"""Measure the ladder of notebook 20 and record it: python tests/benchmarks/bench_ladder.py --write.

Five rounds of 10,000 real pictures on each rung; an earlier ladder of the same device is replaced.
"""

import argparse
from dataclasses import replace

import torch

from course_utils.device import get_device
from course_utils.ladder import load_ladders, measure_ladder, save_ladders


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", choices=("real", "sample"), default="real")
    parser.add_argument("--threads", type=int, help="CPU threads; PyTorch decides by default")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = get_device()
    ladder = measure_ladder(device, images=options.images, rounds=options.rounds, data=options.data)
    if device.type == "cpu":
        ladder = replace(ladder, device=f"{torch.get_num_threads()} CPU core(s)")
    print(f"{ladder.device}, {ladder.versions}")
    for name, rates in ladder.images_per_second.items():
        print(
            f"{name:14} {ladder.median[name]:9,.0f} images/s   {min(rates):,.0f}…{max(rates):,.0f}"
        )
    if options.write:
        others = [other for other in load_ladders() if other.device != ladder.device]
        save_ladders([*others, ladder])


if __name__ == "__main__":
    main()
