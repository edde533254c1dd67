"""From scratch, frozen features, fine-tuning on ants & bees; what came out goes into the ledger.

python tests/benchmarks/bench_transfer.py [--data sample] [--seeds 5] [--only WORDS] [--write]

The course's own network is trained as in notebook 18; with real photographs MobileNetV2 is as well
(its weights must be in torch's cache or come from its server); of its body only the last blocks are
fine-tuned, and from scratch it takes minutes a run. The arms of a network see the same pictures.
Seconds are those of the CPU, without what is computed once. A line for each run; with --write the
runs go into data/ledger.json, in place of earlier ones.
"""

import argparse
import copy
import platform
import time
from functools import cache

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import models as tv_models

from course_utils.datasets import load_ants_bees
from course_utils.device import set_seed
from course_utils.ledger import LEDGER, Entry, load_ledger, save_ledger
from course_utils.models import freeze, replace_head, small_resnet
from course_utils.pretrained import load_imagenet, load_own
from course_utils.training import TrainConfig, evaluate, fit, train_one_epoch

ARMS = ("from scratch", "frozen features", "fine-tuned")
EPOCHS, HEAD_EPOCHS = 5, 40
RATES = {"small_resnet": (0.02, 0.1), "mobilenet_v2": (1e-3, 1e-2)}  # body, head
SCRATCH_RATE = 0.05  # best of 0.02, 0.05, 0.1 for small_resnet: sample data, seeds 0-4
SPLIT = 14  # features[14:] of MobileNetV2 are fine-tuned, what is before them is kept


@cache
def network_of(name):
    return load_own() if name == "small_resnet" else load_imagenet()


@cache
def pictures(name, data, count):
    """Return training pictures (``count`` of a shuffled order), validation pictures, labels."""
    parts = []
    for split in ("train", "val"):
        dataset = load_ants_bees(split, transform=network_of(name).transform, data=data, quiet=True)
        images, labels = zip(*dataset, strict=True)
        parts += [torch.stack(images), torch.tensor(labels)]
    order = torch.randperm(len(parts[1]), generator=torch.Generator().manual_seed(0))[:count]
    return parts[0][order], parts[1][order], parts[2], parts[3]


@torch.no_grad()
def through(body, images):
    body.eval()
    return torch.cat([body(part) for part in images.split(32)])


@cache
def kept(name, data, count, middle):
    """Return the pictures as the frozen part of a network sees them, made once."""
    model = network_of(name).model
    train, labels, valid, truth = pictures(name, data, count)
    if name == "small_resnet":
        body = model[:-1]
    else:
        pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        body = model.features[:SPLIT] if middle else nn.Sequential(model.features, pool)
    return through(body, train), labels, through(body, valid), truth


def in_batches(images, labels, seed=None):
    order = None if seed is None else torch.Generator().manual_seed(seed)
    pairs = TensorDataset(images, labels)
    return DataLoader(pairs, batch_size=20, shuffle=order is not None, generator=order)


def train(model, groups, images, labels, seed):
    loader = in_batches(images, labels, seed)
    optimizer = torch.optim.SGD(groups, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [group["lr"] for group in groups],
        total_steps=EPOCHS * len(loader),
        cycle_momentum=False,
    )
    settings = {"device": "cpu", "scheduler": schedule, "memory_format": torch.channels_last}
    model.to(memory_format=torch.channels_last)
    for _ in range(EPOCHS):
        train_one_epoch(model, loader, nn.CrossEntropyLoss(), optimizer, **settings)


def head_alone(name, data, count, seed):
    images, labels, valid, truth = kept(name, data, count, False)
    if name == "mobilenet_v2":  # 1280 features of length 26: at length 1 the settings suit them
        images, valid = nn.functional.normalize(images), nn.functional.normalize(valid)
    config = TrainConfig(
        epochs=HEAD_EPOCHS,
        learning_rate=0.1,
        momentum=0.9,
        nesterov=True,
        weight_decay=5e-4,
        schedule="onecycle",
        channels_last=False,
        precision="fp32",
        seed=seed,
    )
    set_seed(seed)
    head = nn.Linear(images.shape[1], 2)
    fit(head, in_batches(images, labels, seed), None, config, device="cpu", progress=False)
    return evaluate(head, in_batches(valid, truth), device="cpu").accuracy


def whole_network(name, data, count, seed, *, pretrained):
    images, labels, valid, truth = pictures(name, data, count)
    set_seed(seed)
    if pretrained:
        model = replace_head(copy.deepcopy(network_of(name).model), 2)
    else:
        build = small_resnet if name == "small_resnet" else tv_models.mobilenet_v2
        model = build(num_classes=2)
    if pretrained and name == "mobilenet_v2":
        images, labels, valid, truth = kept(name, data, count, True)
        pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        model = nn.Sequential(model.features[SPLIT:], pool, model.classifier)
        for layer in model.modules():
            if isinstance(layer, nn.BatchNorm2d):
                freeze(layer)
    head = {id(p) for p in model[-1].parameters()} if pretrained else set()
    body = [p for p in model.parameters() if id(p) not in head and p.requires_grad]
    rate, head_rate = RATES[name] if pretrained else (SCRATCH_RATE, None)
    groups = [{"params": body, "lr": rate}]
    if pretrained:
        groups.append({"params": list(model[-1].parameters()), "lr": head_rate})
    train(model, groups, images, labels, seed)
    return evaluate(model, in_batches(valid, truth), device="cpu").accuracy


def run(arm, *choice):
    if arm == "frozen features":
        return head_alone(*choice)
    return whole_network(*choice, pretrained=arm == "fine-tuned")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("real", "sample"), default="real")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="part of a name such as 'mobilenet_v2 frozen'")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    networks = {"small_resnet": 120} | ({"mobilenet_v2": 244} if options.data == "real" else {})
    for name, count in networks.items():
        for arm in (arm for arm in ARMS if options.only in f"{name} {arm}"):
            if arm != "from scratch":  # what is made once counts for no single run
                kept(name, options.data, count, arm == "fine-tuned" and name == "mobilenet_v2")
            rows = []
            for seed in range(options.seeds):
                start = time.process_time()
                accuracy = run(arm, name, options.data, count, seed)
                rows.append((round(accuracy, 4), round(time.process_time() - start, 1)))
                print(f"{name} {arm} seed {seed}: {accuracy:.1%} in {rows[-1][1]} s", flush=True)
            if options.write:
                write(name, arm, count, rows, options.data)


def write(name, arm, count, rows, data):
    new = Entry(
        recipe=name,
        path=arm,
        epochs=HEAD_EPOCHS if arm == "frozen features" else EPOCHS,
        device="1 CPU core(s)",
        precision="fp32",
        versions=f"torch {torch.__version__}, Python {platform.python_version()}",
        test_accuracy=[[accuracy] for accuracy, _ in rows],
        seconds=[[seconds] for _, seconds in rows],
        data=data,
        images=count,
        dataset="ants_bees",
    )

    def kind(e):
        return e.recipe, e.path, e.device, e.data, e.dataset

    entries = load_ledger(LEDGER, dataset=None)
    place = next((n for n, e in enumerate(entries) if kind(e) == kind(new)), len(entries))
    save_ledger([*entries[:place], new, *(e for e in entries[place:] if kind(e) != kind(new))])


if __name__ == "__main__":
    main()
