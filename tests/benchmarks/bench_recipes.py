"""Train the recipes and write what came out into the ledger.

python tests/benchmarks/bench_recipes.py --seeds 3 [--only NAME] [--device cpu]
python tests/benchmarks/bench_recipes.py --seeds 6 --quick [--data sample]

The first trains on all of CIFAR-10, the second as notebook 17 does in its quick budget. A line for
each run; with --write the runs go into data/ledger.json as well, in place of earlier ones of the
same kind and device.
"""

import argparse
import platform
from itertools import accumulate
from pathlib import Path

import textbook
import torch

from course_utils.datasets import load_cifar10
from course_utils.device import describe_device, get_device, set_seed
from course_utils.ledger import LEDGER, Entry, load_ledger, save_ledger
from course_utils.loaders import FastLoader, Loaders
from course_utils.recipes import RECIPES
from course_utils.training import evaluate
from course_utils.transforms import for_evaluation

RUNS = {  # recipe, path, epochs, training pictures
    "classic-textbook": ("classic", "textbook", 10, 50_000),
    "classic-fit": ("classic", "fit", 10, 50_000),
    "improved-1": ("improved", "fit", 1, 50_000),
    "improved-10": ("improved", "fit", 10, 50_000),
    "resnet-30": ("resnet", "fit", 30, 50_000),
    "classic-quick": ("classic", "fit", 3, 3_600),
    "longer-steps-quick": ("longer_steps", "fit", 3, 3_600),
    "improved-quick": ("improved", "fit", 3, 3_600),
}


def textbook_run(recipe, epochs, images, seed, test_loader, options):
    set_seed(seed)
    model, accuracy, seconds = recipe.network(), [], []

    def after_epoch(model, elapsed):
        accuracy.append(evaluate(model, test_loader, device="cpu").accuracy)
        seconds.append(elapsed)

    data = load_cifar10(
        train=True, size=images, data=options.data, transform=for_evaluation(), quiet=True
    )
    textbook.train(model, data, epochs, after_epoch=after_epoch)
    return accuracy, seconds, "fp32"


def fit_run(recipe, epochs, images, seed, test_loader, options):
    set_seed(seed)
    device = test_loader.device
    data = load_cifar10(train=True, size=images, data=options.data, quiet=True)
    recipe = recipe.with_settings(epochs=epochs, seed=seed, precision=options.precision)
    loaders = Loaders(recipe.train_loader(data, device=device), test_loader, test_loader)
    _, history = recipe.run(loaders, device=device, progress=False)
    seconds = accumulate(len(data) / rate for rate in history.images_per_second)
    return history.valid_accuracy, list(seconds), options.precision


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=RUNS, action="append")
    parser.add_argument("--quick", action="store_true", help="the runs with few pictures only")
    parser.add_argument("--data", choices=("real", "sample"), default="real")
    parser.add_argument("--images", type=int, help="another number of training pictures")
    parser.add_argument("--device")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--out", type=Path, default=LEDGER, help="the file to write into")
    return parser.parse_args()


def main():
    options = read_options()
    torch.set_num_threads(options.threads)
    device = get_device(options.device)
    test = load_cifar10(train=False, data=options.data)
    test_loader = FastLoader(test, batch_size=500, device=device)
    names = options.only or [n for n in RUNS if n.endswith("-quick") == options.quick]
    rows = {name: [] for name in names}
    for seed in range(options.seeds):
        for name in names:
            recipe, path, epochs, images = RUNS[name]
            train = textbook_run if path == "textbook" else fit_run
            images = options.images or images
            row = train(RECIPES[recipe], epochs, images, seed, test_loader, options)
            rows[name].append(row)
            print(f"{name} seed {seed}: {row[0][-1]:.2%} in {row[1][-1]:.0f} s", flush=True)
            if options.write:
                write(rows, device, options)


def write(rows, device, options):
    new = []
    where = describe_device(device) if device.type != "cpu" else f"{options.threads} CPU core(s)"
    for name, results in rows.items():
        if not results:
            continue
        recipe, path, epochs, images = RUNS[name]
        accuracy, seconds, precision = zip(*results, strict=True)
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
                data=options.data,
                images=options.images or images,
            )
        )

    def kind(e):
        return e.recipe, e.path, e.epochs, e.device, e.precision, e.data, e.images, e.dataset

    replaced = {kind(entry) for entry in new}
    known = load_ledger(options.out, dataset=None)
    kept = [entry for entry in known if kind(entry) not in replaced]
    save_ledger(kept + new, options.out)


if __name__ == "__main__":
    main()
