"""Train the recipes on real CIFAR-10 and write what came out into the ledger.

COURSE_DATA=real python tests/benchmarks/bench_recipes.py --seeds 3 [--only NAME] [--device cpu]

A line for each run; with --write the runs go into data/ledger.json as well, in place of earlier
ones of the same kind and device.
"""

import argparse
import platform
from itertools import accumulate

import textbook
import torch

from course_utils.datasets import load_cifar10
from course_utils.device import describe_device, get_device, set_seed
from course_utils.ledger import Entry, load_ledger, save_ledger
from course_utils.loaders import FastLoader
from course_utils.recipes import RECIPES
from course_utils.training import evaluate, fit
from course_utils.transforms import for_evaluation

RUNS = {
    "classic-textbook": ("classic", "textbook", 10),
    "classic-fit": ("classic", "fit", 10),
    "improved-1": ("improved", "fit", 1),
    "improved-10": ("improved", "fit", 10),
}


def textbook_run(recipe, epochs, seed, test_loader):
    set_seed(seed)
    model, accuracy, seconds = recipe.network(), [], []

    def after_epoch(model, elapsed):
        accuracy.append(evaluate(model, test_loader, device="cpu").accuracy)
        seconds.append(elapsed)

    data = load_cifar10(train=True, transform=for_evaluation(), quiet=True)
    textbook.train(model, data, epochs, after_epoch=after_epoch)
    return accuracy, seconds, "fp32"


def fit_run(recipe, epochs, seed, test_loader, device, precision):
    set_seed(seed)
    data = load_cifar10(train=True, quiet=True)
    augment = {"crop_padding": 2, "flip": True} if recipe.augment else {}
    loader = FastLoader(
        data, batch_size=recipe.batch_size, shuffle=True, device=device, seed=seed, **augment
    )
    config = recipe.with_settings(epochs=epochs, seed=seed, precision=precision).config
    history = fit(recipe.network(), loader, test_loader, config, device=device, progress=False)
    seconds = accumulate(len(data) / rate for rate in history.images_per_second)
    return history.valid_accuracy, list(seconds), precision


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=RUNS, action="append")
    parser.add_argument("--device")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = get_device(options.device)
    test = load_cifar10(train=False)
    if test.source != "real":
        parser.error("the ledger is about real data: set COURSE_DATA=real")
    test_loader = FastLoader(test, batch_size=500, device=device)
    names = options.only or list(RUNS)
    rows = {name: [] for name in names}
    for seed in range(options.seeds):
        for name in names:
            recipe_name, path, epochs = RUNS[name]
            recipe = RECIPES[recipe_name]
            row = (
                textbook_run(recipe, epochs, seed, test_loader)
                if path == "textbook"
                else fit_run(recipe, epochs, seed, test_loader, device, options.precision)
            )
            rows[name].append(row)
            print(f"{name} seed {seed}: {row[0][-1]:.2%} in {row[1][-1]:.0f} s", flush=True)
            if options.write:
                write(rows, device, options.threads)


def write(rows, device, threads):
    new = []
    where = describe_device(device) if device.type != "cpu" else f"{threads} CPU core(s)"
    for name, runs in rows.items():
        if not runs:
            continue
        recipe, path, epochs = RUNS[name]
        accuracy, seconds, precision = zip(*runs, strict=True)
        new.append(
            Entry(
                recipe=recipe,
                path=path,
                epochs=epochs,
                device=where,
                precision=precision[0],
                versions=f"torch {torch.__version__}, Python {platform.python_version()}",
                test_accuracy=[[round(a, 4) for a in row] for row in accuracy],
                seconds=[[round(s, 1) for s in row] for row in seconds],
            )
        )

    def kind(entry):
        return entry.recipe, entry.path, entry.epochs, entry.device, entry.precision

    replaced = {kind(entry) for entry in new}
    save_ledger([e for e in load_ledger() if kind(e) not in replaced] + new)


if __name__ == "__main__":
    main()
