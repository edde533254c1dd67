"""Everything that needs a GPU, in one command: python tests/benchmarks/gpu_report.py --out FOLDER.

The notebooks under nbval on the GPU, CPU and GPU compared, memory that runs out, the ladder of
notebook 20 and ten speed runs to 94 %. Needs the real CIFAR-10 (COURSE_DATA_DIR) for the last two.
The figures go to FOLDER/report.json, what each part printed beside it.
"""

import argparse
import contextlib
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn

from course_utils.device import describe_device, get_device, set_seed
from course_utils.epochs import predict, train_one_epoch
from course_utils.ladder import measure_ladder, versions
from course_utils.loaders import FastLoader, Loaders
from course_utils.models import small_resnet
from course_utils.pretrained import load_own
from course_utils.recipes import RECIPES
from course_utils.sample_data import SampleCIFAR10

ROOT = Path(__file__).resolve().parents[2]


def notebooks(device, log):
    """Run every notebook with its outputs compared; return pytest's last line."""
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "-n", "4", "--dist", "loadscope"]
    done = subprocess.run(
        [*command, "notebooks"], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=3000
    )
    log.write(done.stdout + done.stderr)
    return {"rc": done.returncode, "last": done.stdout.strip().splitlines()[-1]}


def agreement(device, log):
    """Return how far the CPU and the device lie apart, before and after a training."""
    test = SampleCIFAR10(train=False, size=500)
    logits = []
    for place in ("cpu", device):
        model = load_own().model.to(place)
        logits.append(predict(model, FastLoader(test, device=place), device=place)[0].cpu())
    ours, theirs = logits
    found = {"largest logit difference": (ours - theirs).abs().max().item()}
    found["same answers"] = (ours.argmax(1) == theirs.argmax(1)).double().mean().item()
    assert found["same answers"] > 0.995, found
    train = SampleCIFAR10(train=True, size=2000)
    for place in ("cpu", device):
        recipe = RECIPES["improved"].with_settings(epochs=2, precision="fp32")
        set_seed(0)
        _, history = recipe.run(
            Loaders(recipe.train_loader(train, device=place), None, None),
            device=place,
            progress=False,
        )
        found[f"loss after two epochs on {torch.device(place).type}"] = history.train_loss[-1]
    return found


def memory(device, log):
    """Let the memory of a CUDA device run out, and return the line that says how it goes on."""
    if device.type != "cuda":
        return "not a CUDA device"
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(0.01, device)
    model = small_resnet(width=96).to(device)
    batch = [(torch.randn(4096, 3, 32, 32), torch.randint(10, (4096,)))]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            train_one_epoch(model, batch, nn.functional.cross_entropy, optimizer, device=device)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    assert "going on with" in said.getvalue(), "memory did not run out: make the network wider"
    return said.getvalue().splitlines()


def ladder(device, log):
    """Measure the ladder on real pictures."""
    found = measure_ladder(device, images=40_000, batch_size=512, rounds=5, data="real")
    return found.images_per_second


def speedrun(device, log):
    """Ten runs, each with a seed of its own; return what they printed."""
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.speedrun", "--runs", "10"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
    log.write(done.stdout + done.stderr)
    return done.stdout.splitlines()


PARTS = {f.__name__: f for f in (agreement, memory, ladder, speedrun, notebooks)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("gpu_report"))
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    device = get_device()
    options.out.mkdir(parents=True, exist_ok=True)
    report = {"device": describe_device(device), "versions": versions()}
    print(report)
    for name in options.only or PARTS:
        start = time.perf_counter()
        with (options.out / f"{name}.log").open("w", encoding="utf-8") as log:
            try:
                report[name] = PARTS[name](device, log)
            except Exception as error:  # the other parts are worth having
                report[name] = f"{type(error).__name__}: {error}"
        print(f"{name} ({time.perf_counter() - start:.0f} s): {report[name]}", flush=True)
        text = json.dumps(report, indent=1)
        (options.out / "report.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
