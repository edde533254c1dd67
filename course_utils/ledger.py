"""What accuracy and what time to expect: measured runs, read from a file.

The runs are written by ``tests/benchmarks/bench_recipes.py`` and ``bench_transfer.py``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev

from .paths import REPO_ROOT

LEDGER = REPO_ROOT / "data" / "ledger.json"


@dataclass(frozen=True)
class Entry:
    """Equal runs but for the seed, scored on all test pictures.

    ``test_accuracy`` (0…1) and ``seconds`` (training alone, summed up) have one row a run and one
    value an epoch.
    """

    recipe: str  # a name in recipes.RECIPES, or of a network
    path: str  # "textbook" (DataLoader, fp32), "fit", or how a trained network is used
    epochs: int
    device: str
    precision: str
    versions: str
    test_accuracy: list[list[float]]
    seconds: list[list[float]]
    data: str = "real"  # or "sample"
    images: int = 50_000  # training pictures
    dataset: str = "cifar10"  # or "ants_bees", where the validation pictures are scored

    @property
    def runs(self) -> int:
        """The number of runs, each with a seed of its own."""
        return len(self.test_accuracy)

    @property
    def final(self) -> list[float]:
        """The test accuracy of each run after its last epoch."""
        return [row[-1] for row in self.test_accuracy]

    @property
    def band(self) -> tuple[float, float]:
        """The range in which another run's accuracy is expected: mean ± 3 standard deviations.

        Never narrower than ± 1.5 points, because few runs can agree by chance.
        """
        reach = max(0.015, 3 * _spread(self.final))
        return mean(self.final) - reach, mean(self.final) + reach

    def row(self) -> list[str]:
        """Return the cells of this entry's line in ``table``."""
        total = [row[-1] for row in self.seconds]
        digits = 0 if mean(total) >= 1 else 1
        return [
            self.recipe,
            {"textbook": "textbook loop", "fit": f"`fit`, {self.precision}"}.get(
                self.path, self.path
            ),
            f"{self.images:,} {self.data}",
            str(self.epochs),
            self.device,
            f"{mean(self.final):.1%} ± {100 * _spread(self.final):.1f}",
            f"{mean(total):.{digits}f} ± {_spread(total):.{digits}f}",
            str(self.runs),
        ]


MARKS = ("<!-- ledger -->", "<!-- /ledger -->")
HEAD = (
    "recipe",
    "path",
    "training pictures",
    "epochs",
    "device",
    "test accuracy",
    "training seconds",
    "runs",
)


def load_ledger(path: Path = LEDGER, *, dataset: str | None = "cifar10") -> list[Entry]:
    """Return the measured runs on ``dataset`` (None: on any); an empty list without a file."""
    if not path.is_file():
        return []
    entries = [Entry(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    return [entry for entry in entries if dataset in (entry.dataset, None)]


def find_entry(recipe: str, *, data: str, images: int, epochs: int, path: str = "fit") -> Entry:
    """Return the runs that are like this one, on whatever device they were measured.

    Raises:
        LookupError: if nothing like it was measured; names what was.
    """
    entries = [e for e in load_ledger() if (e.recipe, e.path) == (recipe, path)]
    for entry in entries:
        if (entry.data, entry.images, entry.epochs) == (data, images, epochs):
            return entry
    known = "; ".join(f"{e.images:,} {e.data} × {e.epochs} epochs" for e in entries) or "nothing"
    raise LookupError(
        f"no run of {recipe!r} by {path!r} with {images:,} {data} pictures × {epochs} epochs "
        f"in the ledger, which has: {known}"
    )


def save_ledger(entries: Sequence[Entry], path: Path = LEDGER) -> None:
    """Write ``entries``, one line each."""
    lines = ",\n".join(json.dumps(asdict(entry)) for entry in entries)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def table(entries: Sequence[Entry], *, scored: str = "test") -> str:
    """Return a Markdown table; the spread behind ± is one standard deviation over the runs.

    ``scored`` says which pictures the accuracy is of: "test" or "validation".
    """
    head = [title.replace("test", scored) for title in HEAD]
    rows = [head, ["---"] * len(HEAD), *(entry.row() for entry in entries)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _spread(values: list[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


def update_readme(path: Path = REPO_ROOT / "README.md") -> None:
    """Put the table of the runs on all 50,000 real pictures between the README's two marks."""
    before, rest = path.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    entries = [e for e in load_ledger() if (e.data, e.images) == ("real", 50_000)]
    text = f"{before}{MARKS[0]}\n{table(entries)}\n{MARKS[1]}{after}"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    update_readme()
