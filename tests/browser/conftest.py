"""A real JupyterLab on a free port with folders of its own, and a Chromium that looks at it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

REPO_ROOT = Path(__file__).resolve().parents[2]
TOKEN = "course"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
QUIET = {"fetchNews": "false", "checkForUpdates": False}  # nothing is fetched, nothing asked
DEFAULTS = {"@jupyterlab/apputils-extension:notification": QUIET}
SECONDS = 30  # how long a page, a kernel or a server may take before the test fails
IDLE = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    return panel?.sessionContext?.session?.kernel?.status === 'idle';
}"""
SHOWN = "name => window.jupyterapp.shell.currentWidget?.context?.path === name"
CLOSE_ALL = """async kept => {
    const { shell, serviceManager } = window.jupyterapp;
    for (const widget of [...shell.widgets('main')]) {
        const session = widget.context?.sessionContext?.session;
        if (session?.kernel?.id === kept) {
            await session.kernel.requestExecute({ code: `%reset -f
import ipywidgets
ipywidgets.Widget.close_all()
del ipywidgets`, silent: true }).done;
        } else if (session) {
            await serviceManager.sessions.shutdown(session.id);
        }
        widget.dispose();
    }
}"""
KERNEL = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"
VIEWPORT = {"width": 1280, "height": 900}
WATCH_HEIGHTS = """element => {
    window.heights = [];
    new ResizeObserver(() => window.heights.push(element.offsetHeight)).observe(element);
}"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Lab:
    """What a learner does in JupyterLab, and what they see."""

    def __init__(self, page, url, folder):
        self.page, self.url, self.folder, self.is_empty = page, url, folder, False
        self.kernel = None  # the one that is kept from test to test
        page.set_default_timeout(SECONDS * 1000)

    def write(self, name, *cells):
        """Save a notebook of code cells, given as text or whole, and return its name."""
        cells = [nbformat.v4.new_code_cell(c) if isinstance(c, str) else c for c in cells]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, self.folder / name)
        return name

    def open_notebook(self, name, *, own_kernel=False):
        """Open a notebook and wait for its kernel, as the status bar shows it.

        It gets the kernel that the last test has left, as importing torch takes seconds.
        """
        if self.is_empty:
            kernel = None if own_kernel or not self.kernel else {"id": self.kernel}
            self.command("docmanager:open", path=name, kernel=kernel)
            self.page.wait_for_function(SHOWN, arg=name)
        else:
            self.page.goto(f"{self.url}/lab/workspaces/test/tree/{name}?reset&token={TOKEN}")
        self.is_empty = False
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        self.wait_idle()
        if not own_kernel:
            self.kernel = self.page.evaluate(KERNEL)

    def wait_idle(self):
        self.page.wait_for_function(IDLE)
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()

    def close_all(self):
        """Close what is open, without saving; end its kernels, empty the one that is kept."""
        self.page.evaluate(CLOSE_ALL, self.kernel)
        self.page.set_viewport_size(VIEWPORT)
        self.page.set_default_timeout(SECONDS * 1000)
        self.is_empty = True

    def run_all(self):
        self.command("notebook:run-all-cells")
        self.wait_idle()

    def command(self, name, **arguments):
        """Carry out a JupyterLab command and wait for its end."""
        script = "([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => 0)"
        self.page.evaluate(script, [name, arguments])

    def theme(self, name):
        """Switch to the "Light" or the "Dark" theme."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        light = "true" if name == "Light" else "false"
        self.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def explorer(self, number=0):
        """The ``number``-th slider widget on the page, scrolled into view."""
        found = self.page.locator(".jp-OutputArea-output .course-explorer").nth(number)
        found.scroll_into_view_if_needed()
        found.locator("img").wait_for()
        return Widget(self.page, found)

    def errors(self):
        """The texts of all error outputs and broken widgets."""
        broken = ".jp-OutputArea-output[data-mime-type$=error], .jupyter-widgets-disconnected"
        said = [self.page.get_by_text("Error displaying widget"), self.page.locator(broken)]
        return [text for locator in said for text in locator.all_inner_texts()]

    def screenshot(self, name):
        """Save a picture in the folder COURSE_SCREENSHOTS; without it do nothing."""
        if folder := os.environ.get("COURSE_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png")


class Widget:
    """A slider widget as it stands on the page."""

    def __init__(self, page, locator):
        self.page, self.locator = page, locator
        self.image = locator.locator("img")
        self.status = locator.get_by_role("status")

    def press(self, label, key):
        """Press a key on the slider of this label and wait for another picture."""
        before = self.source()
        row = self.locator.locator(".widget-inline-hbox", has_text=label).first
        row.locator(".noUi-handle").focus()
        self.page.keyboard.press(key)
        self.page.wait_for_function(
            "([root, old]) => root.querySelector('img').getAttribute('src') !== old",
            arg=[self.locator.element_handle(), before],
        )

    def says(self, text):
        """Wait for the line below the picture, which comes a moment after the picture."""
        self.status.get_by_text(text).wait_for()

    def source(self):
        return self.image.get_attribute("src")

    def watch_heights(self):
        self.locator.evaluate(WATCH_HEIGHTS)

    def heights(self):
        """Every height that the widget has had since ``watch_heights``."""
        return set(self.page.evaluate("window.heights"))


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def lab_url(lab_folder, tmp_path_factory):
    """The address of a running JupyterLab; nothing of the learner's own settings is touched."""
    home = tmp_path_factory.mktemp("jupyter")
    (home / "config" / "labconfig").mkdir(parents=True)
    defaults = home / "config" / "labconfig" / "default_setting_overrides.json"
    defaults.write_text(json.dumps(DEFAULTS), encoding="utf-8")
    with (home / "log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            lab_command(free_port()), cwd=lab_folder, env=lab_environment(home), stderr=log
        )
    try:
        yield wait_for_server(server, home)
    finally:
        server.terminate()
        server.wait(SECONDS)


def lab_command(port):
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": TOKEN,
        "LabApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "jupyterlab", "--no-browser", *options]


def lab_environment(home):
    """Folders of its own for all that Jupyter and the course write."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "COURSE_STATE_DIR": "state",
        "COURSE_DATA_DIR": "course-data",
    }
    own = {name: str(home / folder) for name, folder in folders.items()}
    kept = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return {**kept, "COURSE_DATA": "sample", "PYTHONPATH": str(REPO_ROOT), **own}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_server(server, home):
    """Return the server's address (its port may be another, if the free one was taken)."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        for info in (home / "runtime").glob("jpserver-*.json"):
            try:
                url = json.loads(info.read_text(encoding="utf-8"))["url"].rstrip("/")
                urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=5).close()
            except (OSError, ValueError):
                continue
            return url
        time.sleep(0.05)
    pytest.fail(f"JupyterLab did not start:\n{(home / 'log').read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=CHROMIUM_FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_lab(browser, lab_url, lab_folder):
    """A context manager that gives a fresh page of JupyterLab."""

    @contextmanager
    def fresh():
        context = browser.new_context(viewport=VIEWPORT)
        yield Lab(context.new_page(), lab_url, lab_folder)
        context.close()

    return fresh


@pytest.fixture(scope="session")
def kept_lab():
    """The page that ``lab`` hands on from test to test, since JupyterLab takes seconds to load."""
    with ExitStack() as pages:
        yield SimpleNamespace(pages=pages, lab=None)


@pytest.fixture
def lab(request, open_lab, kept_lab):
    """A JupyterLab in which nothing is open; after a failed test another page."""
    kept_lab.lab = kept_lab.lab or kept_lab.pages.enter_context(open_lab())
    failed = request.session.testsfailed
    yield kept_lab.lab
    if request.session.testsfailed == failed:
        kept_lab.lab.close_all()
    else:
        kept_lab.lab = None
        kept_lab.pages.close()
