"""The training notebooks on the real data: they run, and their accuracy is as expected."""

import re
import shutil

import nbformat
import pytest

from course_utils.paths import NOTEBOOKS
from course_utils.refresh import run

STAND_IN = "mobilenet_v2-imagenet-from-int8.pth"


def text_of(number, **choices):
    """Run a notebook on real data and return what its cells printed."""
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    run(notebook, path, choices={"COURSE_DATA": "real", **choices})
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


@pytest.mark.real
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("number", "in_band"), [("14", 0), ("17", 2), ("23", 0)])
def test_notebook_runs_on_real_cifar10(number, in_band, real_dir):
    text = text_of(number, COURSE_DATA_DIR=str(real_dir))
    assert "Data: real CIFAR-10" in text
    assert text.count("inside the band") == in_band


@pytest.fixture
def photographs_and_weights(real_dir, tmp_path, monkeypatch):
    """A data folder with the ants & bees, and torch's cache with MobileNetV2's ImageNet weights.

    The weights are a stand-in under the name that torchvision looks for: they were made from
    torchvision's, with the rounding of int8 and the batch norms folded into the convolutions.
    """
    cache = tmp_path / "torch" / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    shutil.copyfile(real_dir / "weights" / STAND_IN, cache / "mobilenet_v2-7ebf99e0.pth")
    shutil.copyfile(real_dir / "hymenoptera_data.zip", tmp_path / "hymenoptera_data.zip")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path


@pytest.mark.real
@pytest.mark.timeout(900)
def test_transfer_learning_on_photographs(photographs_and_weights):
    text = text_of("18", COURSE_DATA_DIR=str(photographs_and_weights), COURSE_OFFLINE="1")
    assert "Data: real ants & bees photographs" in text
    assert "Network: MobileNetV2 of torchvision, trained on ImageNet" in text
    (percent,) = re.findall(r"a linear head gets (\d+)% right", text)
    assert int(percent) >= 94


@pytest.mark.real
@pytest.mark.timeout(900)
def test_segmentation_meets_photographs(photographs_and_weights):
    """It learns from drawn masks whatever there is, and ends with a look at the photographs."""
    text = text_of("22", COURSE_DATA_DIR=str(photographs_and_weights), COURSE_OFFLINE="1")
    assert "Data: real ants & bees photographs" in text
    assert "mean IoU of 0.85 or more: True" in text
