"""Key press to painted frame: the convolution explorer beside interact with matplotlib.

Run: ``python tests/benchmarks/bench_explorer.py`` (needs Chromium and Playwright). Both stand in
one notebook of one real JupyterLab. A slider gets 40 key presses; each is timed in the page from
the key event to the frame after the one in which the new picture is there.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from browser import conftest as lab_tools
from playwright.sync_api import sync_playwright

from conftest import find_chromium

EXPLORER = """from course_utils.widgets import convolution_explorer
convolution_explorer(size={size}, padding=1)"""
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
    chosen = parser.parse_args()
    rows = {"explorer 8×8": [], "explorer 32×32": [], "interact + matplotlib 8×8": []}
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        home = Path(home)
        (home / "config" / "labconfig").mkdir(parents=True)
        (home / "notebooks").mkdir()
        with (home / "log").open("w", encoding="utf-8") as log:
            command = lab_tools.lab_command(lab_tools.free_port())
            environment = {**lab_tools.lab_environment(home), "MPLBACKEND": ""}
            del environment["MPLBACKEND"]
            server = subprocess.Popen(
                command, cwd=home / "notebooks", env=environment, stdout=log, stderr=log
            )
        try:
            url = lab_tools.wait_for_server(server, home)
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=lab_tools.CHROMIUM_FLAGS
            )
            for _ in range(chosen.rounds):
                for name, times in zip(
                    rows, measure(browser, url, home, chosen.changes), strict=True
                ):
                    rows[name].append(times)
            browser.close()
        finally:
            server.terminate()
            server.wait(30)
    report(rows, chosen.changes)


def measure(browser, url, home, changes):
    """Yield the milliseconds of each change: explorer small, large, interact."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    lab = lab_tools.Lab(page, url, home / "notebooks")
    cells = (EXPLORER.format(size=8), EXPLORER.format(size=32), INTERACT)
    for number, cell in enumerate(cells):
        lab.open_notebook(lab.write(f"bench{number}.ipynb", cell))
        lab.run_all()
        if cell is INTERACT:
            root, picture = page.locator(".widget-interact"), "img"
            slider = root.locator(".noUi-handle")
        else:
            root, picture = page.locator(".conv-explorer"), "svg"
            slider = root.get_by_role("slider", name="kernel_size", exact=True)
        slider.wait_for()
        page.wait_for_timeout(1500)
        page.evaluate(WATCH, [root.element_handle(), slider.element_handle(), picture])
        slider.focus()
        keys = (["ArrowRight"] * 3 + ["ArrowLeft"] * 3) * changes
        for done, key in enumerate(keys[:changes], 1):
            page.keyboard.press(key)
            page.wait_for_function("n => window.times.length >= n", arg=done)
        heights = page.evaluate("[...window.heights]")
        if cell is not INTERACT and len(heights) != 1:
            raise SystemExit(f"the explorer changed its height: {heights}")
        yield page.evaluate("window.times")
    page.close()


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
