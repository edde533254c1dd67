"""What lies in data/checkpoints is what the manifest says, small, and as good as it says."""

import pytest

from course_utils.archives import file_problem, load_manifest
from course_utils.checkpoint import load_checkpoint
from course_utils.datasets import load_cifar10
from course_utils.loaders import FastLoader
from course_utils.paths import MANIFEST
from course_utils.pretrained import load_own
from course_utils.training import evaluate

SHIPPED = {n: e for n, e in load_manifest().items() if e.file.startswith("checkpoints/")}
MOST_BYTES = 3_000_000


def test_every_file_is_in_the_manifest_and_small():
    there = {path.name for path in (MANIFEST.parent / "checkpoints").glob("*.pt")}
    assert there == {entry.file.rpartition("/")[2] for entry in SHIPPED.values()} != set()
    for entry in SHIPPED.values():
        assert file_problem(MANIFEST.parent / entry.file, entry) is None
        assert entry.bytes <= MOST_BYTES


@pytest.mark.real
def test_the_test_accuracy_is_what_the_file_says(real_dir):
    state = load_checkpoint(MANIFEST.parent / SHIPPED["small_resnet_cifar10"].file)
    test = load_cifar10(train=False, data="real", folder=real_dir)
    score = evaluate(load_own().model, FastLoader(test, batch_size=500), device="cpu")
    assert score.accuracy == pytest.approx(state["test_accuracy"], abs=0.001)
    assert score.accuracy >= 0.90
