"""Notebook 06 in a real JupyterLab: TensorBoard in its frame, each dashboard by what it shows."""

import os
import re
import signal
from itertools import pairwise
from types import SimpleNamespace
from urllib.parse import urlsplit

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect
from tensorboard import manager

from course_utils.paths import NOTEBOOKS

pytestmark = pytest.mark.browser
PATIENCE = 100_000  # milliseconds; the whole notebook runs, and other tests beside it
TABS = ("scalars", "images", "graphs", "histograms", "projector")
TAKEN = '%tensorboard --logdir "{logs}/line" --port {server.port}'
ASK = "async address => (await fetch(address)).json()"
WIDTH = "image => image.decode().then(() => image.naturalWidth)"


@pytest.fixture
def board(lab):
    """Notebook 06, run up to the cell that ends TensorBoard; and TensorBoard's frame in it."""
    lab.page.set_viewport_size({"width": 1900, "height": 1100})  # room for all the tabs
    lab.page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    cells = [*own_cells(), TAKEN]
    end = cells.pop(next(n for n, source in enumerate(cells) if "os.kill(" in source))
    lab.open_notebook(lab.write("tensorboard.ipynb", *cells, end), own_kernel=True)
    last = f"jupyterapp.shell.currentWidget.content.activeCellIndex = {len(cells)}"
    lab.page.evaluate(last)
    lab.command("notebook:run-all-above")
    lab.wait_idle()
    iframe = lab.page.locator("iframe[id^=tensorboard-frame]").first
    port = urlsplit(iframe.get_attribute("src")).port
    try:
        frame = iframe.element_handle().content_frame()
        yield SimpleNamespace(lab=lab, iframe=iframe, frame=frame, port=port)
    finally:
        for server in manager.get_all():
            if server.port == port:
                os.kill(server.pid, signal.SIGTERM)
        expect.set_options(timeout=5_000)  # Playwright's own


def own_cells():
    notebook = nbformat.read(NOTEBOOKS / "06_tensorboard.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def reload_until_all_tabs_are_there(board):
    """Press the button as a learner does; the projector's tab is a little later than the others."""
    board.iframe.scroll_into_view_if_needed()
    for _ in range(60):
        board.frame.locator("button.reload-button").click()
        board.lab.page.wait_for_timeout(1000)
        if all(tab(board, name).is_visible() for name in TABS):
            return
    pytest.fail("TensorBoard does not show all tabs")


def tab(board, name):
    return board.frame.locator(f"[role=tab] [data-plugin-id={name}]")


def filter_tags(board, pattern):
    board.frame.locator("tf-tag-filterer input:visible").fill(pattern)


def logged(board, run, tag):
    """Return the steps and the values that TensorBoard has to draw."""
    address = f"data/plugin/scalars/scalars?run={run}&tag={tag}"
    points = board.frame.evaluate(ASK, address)
    return [step for _, step, _ in points], [value for *_, value in points]


def is_straight(path):
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", path)]
    slopes = [(d - b) / (c - a) for (a, b), (c, d) in pairwise(points)]
    return bool(np.allclose(slopes, slopes[0], rtol=1e-3))


def sees_scalars(board):
    tab(board, "scalars").click()
    for run in ("line", "lr_0.3", "mixed"):
        expect(board.frame.get_by_text(run, exact=True).locator("visible=true")).not_to_have_count(
            0
        )
    filter_tags(board, "^y$")
    card = board.frame.locator("tf-scalar-card").first
    expect(card.locator("path.line")).to_have_count(2)
    lines = card.locator("path.line").evaluate_all("all => all.map(line => line.getAttribute('d'))")
    assert sorted(map(is_straight, lines)) == [False, True]  # the smoothed one, and the logged one
    assert logged(board, "line", "y") == ([*range(10)], [2 * x for x in range(10)])
    steps, losses = logged(board, "lr_0.9", "loss")
    assert (steps, losses[-1] < losses[0] / 1000) == ([*range(100)], True)
    dropped, zigzag = [*range(8)], [*range(12), *range(8)]  # which one depends on the reader
    assert logged(board, "mixed", "loss")[0] in (dropped, zigzag)


def sees_images(board):
    tab(board, "images").click()
    filter_tags(board, "guess")
    card = board.frame.locator("tf-image-loader").filter(has_text="guess").first
    picture = card.locator("img")
    expect(card.get_by_text("100", exact=True)).to_be_visible()
    newest = picture.get_attribute("src")
    card.locator("paper-slider").press("Home")
    expect(card.get_by_text("100", exact=True)).to_have_count(0)
    expect(picture).not_to_have_attribute("src", newest)
    assert picture.evaluate(WIDTH) == 32


def sees_graph(board):
    tab(board, "graphs").click()
    scene = board.frame.locator("tf-graph-scene")
    scene.locator("g.node", has_text="Sequential").first.dblclick()
    for text in ("Flatten[0]", "Linear[1]", "ReLU[2]", "1×3072"):
        expect(scene.locator("text", has_text=text).first).to_be_attached()


def sees_histograms(board):
    tab(board, "histograms").click()
    card = board.frame.locator("tf-histogram-loader").first
    expect(card.locator(".stage .histogram")).to_have_count(6)
    expect(card).to_contain_text("gradient")


def sees_projector(board):
    tab(board, "projector").click()
    inner = board.frame.frame_locator("iframe").frame_locator("iframe")
    expect(inner.get_by_text("Points: 40")).to_be_visible()
    expect(inner.get_by_text("Dimension: 192")).to_be_visible()
    expect(inner.locator("canvas").first).to_be_visible()


def test_tensorboard_inside_jupyterlab(board):
    assert board.lab.errors() == []
    outputs = board.lab.page.locator(".jp-OutputArea-output")
    expect(outputs.filter(has_text="it was already in use").first).to_be_attached()
    expect(outputs.filter(has_text="ERROR: Failed to launch TensorBoard")).to_have_count(1)
    reload_until_all_tabs_are_there(board)
    for sees in (sees_scalars, sees_images, sees_graph, sees_histograms, sees_projector):
        sees(board)
        board.lab.screenshot(f"tensorboard_{sees.__name__}")
    board.lab.command("notebook:run-cell")
    board.lab.wait_idle()
    assert not [server for server in manager.get_all() if server.port == board.port]
