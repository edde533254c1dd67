"""Key press to painted frame of every widget, beside interact with matplotlib.

Run: ``python tests/benchmarks/bench_widgets.py`` (needs Chromium and Playwright). All stand in one
real JupyterLab, each in a notebook of its own. A control gets 40 key presses, one after the other;
each is timed in the page from the key event to the end of the frame in which the new picture is
drawn. A widget that changes its height ends the run.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from browser import conftest as lab_tools
from playwright.sync_api import sync_playwright

from conftest import find_chromium

CURVES = """from course_utils.widgets import curve_comparer
fall = [1 + 1.2 * 0.8**epoch for epoch in range(10)]
rise = [0.7 - 0.5 * 0.8**epoch for epoch in range(10)]
curve_comparer({"a run": dict(train_loss=fall, valid_loss=[x + 0.1 for x in fall],
    seconds=[9.0] * 10, train_accuracy=rise, valid_accuracy=[x - 0.03 for x in rise])})"""
GALLERY = """from course_utils.datasets import load_cifar10
from course_utils.widgets import cifar_gallery
cifar_gallery(load_cifar10(train=True))"""
THROUGHPUT = """from course_utils.widgets import throughput
rates = {2**n: 1000.0 * n for n in range(1, 9)}
throughput({"float32": rates, "bf16": rates})"""
MASKS = """import torch
from course_utils.widgets import mask_threshold
places = torch.linspace(-1, 1, 64)
disc = torch.exp(-4 * (places[:, None] ** 2 + places ** 2)).expand(60, 1, 64, 64)
mask_threshold(torch.rand(60, 3, 64, 64), disc * torch.rand(60, 1, 64, 64).sqrt(), disc > 0.4)"""
INTERACT = """import matplotlib.pyplot as plt
import torch
from ipywidgets import interact

x = torch.arange(64.0).reshape(1, 1, 8, 8) % 7

@interact(kernel_size=(1, 7))
def show(kernel_size=3):
    y = torch.nn.functional.conv2d(x, torch.ones(1, 1, kernel_size, kernel_size), padding=1)
    figure, axes = plt.subplots(1, 2, figsize=(8, 3))
    for ax, values in zip(axes, (x, y)):
        ax.imshow(values[0, 0])
        for row in range(values.shape[2]):
            for column in range(values.shape[3]):
                ax.text(column, row, f"{values[0, 0, row, column]:.0f}", ha="center", va="center")
    plt.show()
"""
WIDGETS = {  # name: (code, where a key is pressed)
    "convolution explorer 8×8": ("convolution_explorer(size=8, padding=1)", "kernel_size"),
    "convolution explorer 32×32": ("convolution_explorer(size=32, padding=1)", "kernel_size"),
    "interact + matplotlib 8×8": (INTERACT, "kernel_size"),
    "hello slider": ("hello_slider()", "pixels per side"),
    "pixel playground": ("pixel_playground()", "blur"),
    "broadcasting aligner": ("broadcasting_aligner()", "example"),
    "descent": ("descent()", "steps"),
    "loss explorer": ("loss_explorer()", "logit of dog"),
    "optimizer paths": ("optimizer_paths()", "steps"),
    "schedule preview": ("schedule_preview()", "batches in an epoch"),
    "batch viewer": ("batch_viewer()", "batch_size"),
    "smoothing slider": ("smoothing_slider()", "smoothing"),
    "augmentation playground": ("augmentation_playground()", "seed"),
    "CIFAR gallery": (GALLERY, "page"),
    "module tree": ("module_tree()", "depth"),
    "activation explorer": ("activation_explorer()", "spread of inputs"),
    "layer zoo": ("layer_zoo()", "the other pictures"),
    "shape tracer": ("shape_tracer()", "kernel size"),
    "curve comparer": (CURVES, "smoothing"),
    "freeze depth": ("freeze_depth()", "frozen parts"),
    "key differ": ("key_differ()", "checkpoint of"),
    "throughput": (THROUGHPUT, "batch size"),
    "mask threshold": (MASKS, "threshold"),
    "picture classifier": ("picture_classifier()", "picture"),
}
# A drop-down list moves with other arrows than a slider.
LISTS = ("example", "checkpoint of", "picture")
WATCH = """([root, slider, picture]) => {
    const seen = () => root.querySelector(picture)?.outerHTML;
    window.times = [];
    let pressed = 0;
    let before = "";
    slider.addEventListener("keydown", () => {
        pressed = performance.now();
        before = seen();
    }, true);
    const painted = (start) => {
        const channel = new MessageChannel();  // its message comes right after the frame is drawn
        channel.port1.onmessage = () => window.times.push(performance.now() - start);
        requestAnimationFrame(() => channel.port2.postMessage(0));
    };
    new MutationObserver(() => {
        const now = seen();
        if (!pressed || !now || now === before) return;
        painted(pressed);
        pressed = 0;
    }).observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    window.heights = new Set();
    new ResizeObserver(() => window.heights.add(root.offsetHeight)).observe(root);
}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="measure the widgets with this in their name")
    chosen = parser.parse_args()
    names = [name for name in WIDGETS if not chosen.only or chosen.only in name]
    rows = {name: [] for name in names}
    with open_browser() as (browser, url, folder):
        for _ in range(chosen.rounds):
            for name in names:
                rows[name].append(measure(browser, url, folder, name, chosen.changes))
    report(rows, chosen.changes)


@contextmanager
def open_browser():
    """A browser, the address of a JupyterLab with folders of its own, and its notebooks."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        home = Path(home)
        (home / "config" / "labconfig").mkdir(parents=True)
        (home / "notebooks").mkdir()
        environment = lab_tools.lab_environment(home)
        environment.pop("MPLBACKEND", None)
        with (home / "log").open("w", encoding="utf-8") as log:
            server = subprocess.Popen(
                lab_tools.lab_command(lab_tools.free_port()),
                cwd=home / "notebooks",
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            url = lab_tools.wait_for_server(server, home)
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=lab_tools.CHROMIUM_FLAGS
            )
            yield browser, url, home / "notebooks"
            browser.close()
        finally:
            server.terminate()
            server.wait(30)


def measure(browser, url, folder, name, changes):
    """Return the milliseconds of each change."""
    code, label = WIDGETS[name]
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    lab = lab_tools.Lab(page, url, folder)
    source = code if "import" in code else f"from course_utils.widgets import *\n{code}"
    lab.open_notebook(lab.write("bench.ipynb", source))
    lab.run_all()
    root, picture, control = find(page, name, label)
    control.wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(WATCH, [root.element_handle(), control.element_handle(), picture])
    control.focus()
    forth, back = ("Down", "Up") if label in LISTS else ("Right", "Left")
    keys = [f"Arrow{forth}", f"Arrow{back}"] * changes
    for done, key in enumerate(keys[:changes], 1):
        page.keyboard.press(key)
        page.wait_for_function("n => window.times.length >= n", arg=done)
    heights, times = page.evaluate("[[...window.heights], window.times]")
    page.close()
    if len(heights) != 1 and not name.startswith("interact"):
        raise SystemExit(f"{name} changed its height: {heights}")
    return times


def find(page, name, label):
    """Return a widget, the selector of its picture, and the control that takes the keys."""
    if name.startswith("convolution"):
        root = page.locator(".conv-explorer")
        return root, "svg", root.get_by_role("slider", name=label, exact=True)
    root = page.locator(".widget-interact, .course-explorer").first
    row = root.locator(".widget-inline-hbox", has_text=label).first
    return root, "img", row.locator(".noUi-handle, select").first


def report(rows, changes):
    print(f"{os.cpu_count()} CPUs; {changes} changes a round")
    print("milliseconds from key press to painted frame:")
    print(f"{'':28} {'median':>8} {'p95':>8}   medians of the rounds")
    for name, rounds in rows.items():
        every = sorted(time for times in rounds for time in times)
        p95 = every[round(0.95 * (len(every) - 1))]
        medians = ", ".join(f"{statistics.median(times):.0f}" for times in rounds)
        print(f"{name:28} {statistics.median(every):8.1f} {p95:8.1f}   {medians}")


if __name__ == "__main__":
    main()
