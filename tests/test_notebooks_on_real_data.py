"""The training notebooks on the real CIFAR-10: they run, and their accuracy is as expected."""

import nbformat
import pytest

from course_utils.paths import NOTEBOOKS
from course_utils.refresh import run


@pytest.mark.real
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("number", "in_band"), [("14", 0), ("17", 2)])
def test_notebook_runs_on_real_cifar10(number, in_band, real_dir):
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    run(notebook, path, choices={"COURSE_DATA": "real", "COURSE_DATA_DIR": str(real_dir)})
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    text = "".join(output.get("text", "") for output in outputs)
    assert "Data: real CIFAR-10" in text
    assert text.count("inside the band") == in_band
