"""Train a recipe on all pictures of CIFAR-10: ``python -m course_utils.train resnet``.

Interrupted or not, the same command goes on after the last complete epoch. The test set is scored
once, at the end. With ``--save FILE`` the network is kept there: this made ``data/checkpoints/``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from .archives import digest
from .checkpoint import save_checkpoint
from .datasets import CIFAR10_CLASSES, load_cifar10
from .device import describe_device, get_device
from .loaders import FastLoader, Loaders
from .paths import NOTEBOOKS
from .recipes import RECIPES
from .training import evaluate
from .transforms import CIFAR10_MEAN, CIFAR10_STD


def train(
    name: str, *, epochs: int | None = None, seed: int = 0, data: str | None = None, **folders: Any
) -> dict[str, Any]:
    """Train ``RECIPES[name]`` on the whole training set and score it on the test set.

    Args:
        epochs: those of the recipe by default.
        data: see ``load_cifar10``.
        folders: ``checkpoint_dir`` and the like for ``fit``; a run that is there is continued.

    Returns:
        What a checkpoint needs: ``model`` (a state_dict on the CPU), ``test_accuracy`` (0…1) and
        what else describes the run. None of it is more than tensors and plain values.

    Raises:
        RuntimeError: if the run stopped before its last epoch.
    """
    recipe = RECIPES[name].with_settings(seed=seed)
    recipe = recipe if epochs is None else recipe.with_settings(epochs=epochs)
    device = get_device()
    pictures = load_cifar10(train=True, data=data)
    test = load_cifar10(train=False, data=data, quiet=True)
    tested = FastLoader(test, batch_size=500, device=device)
    loaders = Loaders(recipe.train_loader(pictures, device=device), None, tested)
    model, history = recipe.run(loaders, device=device, resume=True, **folders)
    if history.epochs < recipe.config.epochs:
        raise RuntimeError(f"stopped after epoch {history.epochs}; the same command goes on")
    score = evaluate(model, tested, device=device)
    return {
        "model": {name: value.cpu() for name, value in model.state_dict().items()},
        "test_accuracy": score.accuracy,
        "classes": list(CIFAR10_CLASSES),
        "mean": list(CIFAR10_MEAN),
        "std": list(CIFAR10_STD),
        "recipe": name,
        "epochs": history.epochs,
        "seed": seed,
        "data": pictures.source,
        "trained_on": describe_device(device),
        "torch": str(torch.__version__),  # a TorchVersion is no plain value
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 1 if the run did not come to its end."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.train", description=__doc__)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--epochs", type=int, help="those of the recipe by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", choices=("real", "sample"), default="real")
    parser.add_argument("--folder", type=Path, help="where the run is kept (notebooks/runs/…)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the trained network there")
    parser.add_argument("--threads", type=int, help="CPU threads; PyTorch decides by default")
    chosen = parser.parse_args(arguments)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    folder = chosen.folder or NOTEBOOKS / "runs" / f"train_{chosen.recipe}_{chosen.seed}"
    settings = {"epochs": chosen.epochs, "seed": chosen.seed, "data": chosen.data}
    try:
        state = train(chosen.recipe, **settings, checkpoint_dir=folder, log_dir=folder)
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"test accuracy {state['test_accuracy']:.2%} after {state['epochs']} epochs")
    if chosen.save:
        path = save_checkpoint(state, chosen.save)
        print(f"{path.as_posix()}: {path.stat().st_size:,} bytes, sha256 {digest(path, 'sha256')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
