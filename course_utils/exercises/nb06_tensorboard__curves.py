"""Exercises of notebook 06, second part: steps and folders."""

import re
import tempfile
from functools import partial
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise


def repair_logging_starter(writer, epochs):
    """Log every loss as "loss", at steps 0, 1, 2 … that go on from epoch to epoch."""
    for losses in epochs:
        step = 0
        for loss in losses:
            writer.add_scalar("loss", step, loss)
            step = +1


def _logger(*, swapped=False, restart=False, grow=True, start=0):
    """Return a solution with some of the bugs left in."""

    def log(writer, epochs):
        step = start
        for losses in epochs:
            step = start if restart else step
            for loss in losses:
                pair = (step, loss) if swapped else (loss, step)
                writer.add_scalar("loss", *pair)
                step = step + 1 if grow else +1

    return log


def _by_epoch(writer, epochs):
    for step, losses in enumerate(epochs):
        for loss in losses:
            writer.add_scalar("loss", loss, step)


def _written(log, epochs):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with SummaryWriter(folder) as writer:
            log(writer, epochs)
        read = EventAccumulator(folder).Reload()
        if "loss" not in read.Tags()["scalars"]:
            raise Finding("nothing was logged under the tag loss")
        events = read.Scalars("loss")
    return {"values": [event.value for event in events], "steps": [event.step for event in events]}


def _by_product(writer, epochs, like_first=False):
    for epoch, losses in enumerate(epochs):
        for place, loss in enumerate(losses):
            step = epoch * len(epochs[0] if like_first else losses) + place
            writer.add_scalar("loss", loss, step)


def _epochs_case(rng):
    lengths = [rng.randint(2, 4), *[rng.randint(0, 4) for _ in range(rng.randint(1, 2))]]
    return {"epochs": [[rng.randint(20, 80) / 8 for _ in range(length)] for length in lengths]}


@exercise(
    starter=repair_logging_starter,
    observe=_written,
    cases=_epochs_case,
    count=15,
    praise="the values of all epochs, at steps 0, 1, 2 … without a gap or a step back",
    hints=[
        "add_scalar(tag, value, step): is that the order here?",
        "What is +1? And what would step += 1 do?",
        "Where does step = 0 belong, if it is to be done only once?",
    ],
    mistakes=[
        Mistake(
            "three mistakes: the order of value and step, = +1, and a step that starts anew",
            like=repair_logging_starter,
        ),
        Mistake(
            "two are left: the order of value and step, and = +1",
            like=_logger(swapped=True, grow=False),
        ),
        Mistake(
            "two are left: the order of value and step, and a step that starts anew",
            like=_logger(swapped=True, restart=True),
        ),
        Mistake(
            "value and step are in the wrong order: add_scalar(tag, value, step)",
            when=lambda case, got, expected: (
                got["values"] != expected["values"]
                and all(value == int(value) for value in got["values"])
            ),
        ),
        Mistake("step = +1 sets it to plus one; step += 1 adds one", like=_logger(grow=False)),
        Mistake(
            "two are left: step = +1 adds nothing, and each epoch starts at 0 again",
            like=_logger(grow=False, restart=True),
        ),
        Mistake(
            "each epoch starts at 0 again: the line runs back; step = 0 belongs before both loops",
            like=_logger(restart=True),
        ),
        Mistake("the first step is 0: log, then count", like=_logger(start=1)),
        *[
            Mistake("epochs differ in length: count the steps, do not multiply", like=log)
            for log in (_by_product, partial(_by_product, like_first=True))
        ],
        Mistake("this counts epochs; every loss needs a step of its own", like=_by_epoch),
    ],
)
def repair_logging(writer, epochs):
    """Log every loss as "loss", at steps 0, 1, 2 … that go on from epoch to epoch."""
    step = 0
    for losses in epochs:
        for loss in losses:
            writer.add_scalar("loss", loss, step)
            step += 1


def _runs_case(rng):
    name = rng.choice(["lr", "lr", "batch", "seed"])
    some = rng.sample(range(13), rng.randint(0, 6))
    numbers = rng.choice([range(rng.randint(0, 4)), some, range(rng.randint(9, 12))])
    others = [f"{other}_00" for other in (f"big_{name}", f"{name}_big") if rng.random() < 0.5]
    existing = sorted([f"{name}_{number:02d}" for number in numbers] + others)
    files = rng.sample(existing, 1) if existing and rng.random() < 0.2 else []
    return {"existing": existing, "name": name, "files": files}


def _found_name(find, existing, name, files):
    """Let ``find`` look at a folder of runs; ``files`` are those that are plain files."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "runs"
        folder.mkdir()
        for run in existing:
            path = folder / run
            path.touch() if run in files else path.mkdir()
        found = find(folder, name)
        if {path.name for path in Path(place).rglob("*")} - {"runs", *existing}:
            raise Finding("it creates a folder or a file; only its name is wanted")
        if not isinstance(found, Path | str):
            raise Finding(f"it returns {kind_of(found)}, not a path")
        found = Path(found)
        if folder not in found.parents:
            return f"{found.as_posix()} (not inside the folder)"
        return found.relative_to(folder).as_posix()


def _numbered(folder, name, number):
    return folder / f"{name}_{number:02d}"


def _first(folder, name, taken=Path.exists):
    number = 0
    while taken(path := _numbered(folder, name, number)):
        number += 1
    return path


def _spelled(pattern):
    """Return a test whether the answer is the name, and then what ``pattern`` says."""
    return lambda case, got, expected: re.fullmatch(re.escape(case["name"]) + pattern, got)


def _taken(folder, name):
    return [int(path.name[-2:]) for path in folder.glob(f"{name}_[0-9][0-9]")]


@exercise(
    observe=_found_name,
    cases=_runs_case,
    count=50,
    hints=[
        "Start with number = 0 and look whether that folder exists.",
        "while (folder / …).exists(): number += 1",
        'f"{name}_{number:02d}" writes the number with two digits.',
    ],
    mistakes=[
        Mistake(
            "you count the runs; where one was deleted, that number is still taken",
            like=lambda folder, name: _numbered(folder, name, len(_taken(folder, name))),
        ),
        Mistake(
            "you count everything in the folder, runs of other names too",
            like=lambda folder, name: _numbered(folder, name, len(list(folder.iterdir()))),
        ),
        Mistake(
            "you count runs: where one was deleted, that number may be taken; and name* also finds "
            "lr_big",
            like=lambda folder, name: _numbered(folder, name, len(list(folder.glob(f"{name}*")))),
        ),
        Mistake(
            "a gap is free too: take the smallest number that is not there",
            like=lambda folder, name: _numbered(
                folder, name, max(_taken(folder, name), default=-1) + 1
            ),
        ),
        Mistake(
            "this gives number 00 always, and so mixes two runs",
            like=lambda folder, name: _numbered(folder, name, 0),
        ),
        Mistake(
            "only 01 is tried after 00; keep looking (while instead of if)",
            like=lambda folder, name: _numbered(
                folder, name, int(_numbered(folder, name, 0).exists())
            ),
        ),
        Mistake(
            "return the path inside the folder: folder / name",
            when=lambda case, got, expected: "not inside" in got,
        ),
        Mistake(
            "name is what was given, not always lr",
            like=lambda folder, name: _first(folder, "lr"),
        ),
        Mistake(
            'name is what was given: f"{name}_…", with braces',
            when=lambda case, got, expected: got.startswith("name"),
        ),
        Mistake(
            "also a plain file takes a name: ask exists(), not is_dir()",
            like=lambda folder, name: _first(folder, name, taken=Path.is_dir),
        ),
        Mistake(
            "two digits, and from ten on no 0 before them: :02d",
            when=_spelled(r"_(\d|\d{3,})"),
        ),
        Mistake("an underscore between name and number", when=_spelled(r"[^_]?\d+")),
    ],
)
def fresh_run(folder, name):
    """Return the path of the first free run: folder/NAME_00, else NAME_01, …

    Free is what does not exist yet; ``folder`` is a Path. Nothing is created.
    """
    number = 0
    while (folder / f"{name}_{number:02d}").exists():
        number += 1
    return folder / f"{name}_{number:02d}"


EXERCISES = collect(vars())
