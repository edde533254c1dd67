"""The convolution explorer as a page of its own: no kernel, no server."""

import pytest
import torch

from course_utils.widgets import convolution_explorer
from course_utils.widgets.explorer import page as html_page

pytestmark = pytest.mark.browser
WATCH = """element => {
    window.heights = new Set();
    new ResizeObserver(() => window.heights.add(element.offsetHeight)).observe(element);
}"""


class Page:
    """What a learner does with the explorer, and what they see and hear."""

    def __init__(self, page):
        self.page = page
        self.root = page.locator(".conv-explorer")
        self.said = page.get_by_role("status")

    def slide(self, label, key="ArrowRight", times=1):
        slider = self.page.get_by_role("slider", name=label, exact=True)
        for _ in range(times):
            slider.press(key)

    def choose(self, label, text):
        self.page.get_by_role("combobox", name=label, exact=True).select_option(text)

    def grid(self, name):
        return self.page.get_by_role("grid", name=name, exact=True)

    def cell(self, text):
        return self.page.get_by_role("gridcell", name=text)

    def focus(self, grid, y, x):
        self.grid(grid).locator(f'[data-at$=",{y},{x}"]').focus()

    def values(self, grid):
        rows = self.grid(grid).get_by_role("row").all()
        texts = [row.get_by_role("gridcell").all_text_contents() for row in rows]
        return [[float(text.replace("−", "-")) for text in row] for row in texts]

    def sizes(self):
        return self.page.locator(".sizes").inner_text()

    def predict(self, size):
        for axis in ("height", "width"):
            self.page.get_by_label(f"your {axis} of the output").fill(str(size))
        self.page.get_by_role("button", name="Check").click()

    def line(self):
        return self.page.locator("code.line").inner_text()


@pytest.fixture
def open_page(browser, tmp_path):
    contexts = []

    def show(explorer, **view):
        context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | view))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda message: page.problems.append(message.text))
        page.on(
            "request",
            lambda request: (
                page.problems.append(request.url) if request.url.startswith("http") else None
            ),
        )
        file = tmp_path / "page.html"
        file.write_text(html_page(explorer), encoding="utf-8")
        page.goto(file.as_uri())
        page.locator(".conv-explorer svg").wait_for()
        return Page(page)

    yield show
    problems = [
        problem for context in contexts for page in context.pages for problem in page.problems
    ]
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.parametrize(
    "settings",
    [
        {"size": 8, "stride": 2, "padding": 1, "padding_mode": "reflect"},
        {"mode": "transposed", "size": 4, "stride": 2, "output_padding": 1},
        {"mode": "avg", "size": 6, "padding": 1, "count_include_pad": False},
        {"in_channels": 4, "out_channels": 2, "groups": 2, "bias": True},
        {"layers": [{"padding": 1}, {"mode": "max", "kernel_size": 2}], "size": (6, 9)},
    ],
)
def test_shows_what_pytorch_computes(open_page, settings):
    explorer = convolution_explorer(**settings)
    shown = open_page(explorer)
    expected = explorer.output[0]
    for channel in range(len(expected)):
        values = torch.tensor(shown.values(f"output {channel}"))
        torch.testing.assert_close(values, expected[channel], rtol=0.006, atol=0)  # 3 digits


def test_arrow_keys_walk_and_the_line_tells_the_arithmetic(open_page):
    shown = open_page(convolution_explorer())
    shown.focus("output 0", 0, 0)
    assert shown.said.inner_text() == (
        "output[0, 0, 0] = 1·1 + 2·2 + 0·1 + 0·0 + 1·1 + 2·0 + 1·2 + 2·1 + 1·0 = 10"
    )
    for key in ("ArrowRight", "ArrowDown", "End", "ArrowRight"):
        shown.page.keyboard.press(key)
    assert shown.said.inner_text().startswith("output[0, 1, 2] = 2·1 + 3·2 + 1·1")
    assert shown.page.evaluate("document.activeElement.ariaLabel") == "output[0, 1, 2] = 16"
    shown.page.keyboard.press("Tab")  # out of the grid, and back to where one was
    shown.page.keyboard.press("Shift+Tab")
    assert shown.page.evaluate("document.activeElement.ariaLabel") == "output[0, 1, 2] = 16"


def test_the_winner_of_a_maximum_is_marked(open_page):
    shown = open_page(convolution_explorer("max", kernel_size=2))
    shown.focus("output 0", 0, 1)
    assert shown.said.inner_text() == ("output[0, 0, 1] = max(0, 3, 2, 3) = 3")
    assert shown.page.locator(".marks .times").all_text_contents() == ["max", "max"]


def test_an_input_cell_tells_every_output_that_it_feeds(open_page):
    shown = open_page(convolution_explorer(stride=2))
    shown.focus("input 0", 2, 2)
    assert shown.said.inner_text() == (
        "input[0, 2, 2] = 1 — feeds 4: output[0, 0, 0] ×0, output[0, 0, 1] ×2, "
        "output[0, 1, 0] ×1, output[0, 1, 1] ×1"
    )
    shown.slide("input size")
    shown.focus("input 0", 5, 5)
    assert "feeds nothing: no window reads it" in shown.said.inner_text()
    assert "= 2, 1 never read" in shown.sizes()
    shown.slide("padding")
    shown.choose("padding_mode", "reflect")
    shown.focus("input 0", -1, 2)
    assert shown.said.inner_text() == "padding, input[0, -1, 2] = 2, a copy of input[0, 1, 2]"


def test_the_mouse_does_what_the_keys_do(open_page):
    shown = open_page(convolution_explorer())
    shown.cell("output[0, 2, 2] = 3").hover(force=True)
    assert shown.said.inner_text().startswith("output[0, 2, 2] = 1·1")
    shown.cell("input[0, 0, 0] = 1").dblclick(force=True)
    shown.page.keyboard.type("-4")
    shown.page.keyboard.press("Enter")
    assert shown.values("input 0")[0][0] == -4
    assert shown.values("output 0")[0][0] == 5
    shown.cell("weight[0, 0, 0, 0] = 1").focus()
    shown.page.keyboard.press("Enter")
    shown.page.keyboard.type("0")
    shown.page.keyboard.press("Enter")
    assert shown.values("output 0")[0][0] == 9
    assert shown.page.evaluate("document.activeElement.ariaLabel") == "weight[0, 0, 0, 0] = 0"


def test_every_control_changes_the_layer_and_nothing_moves(open_page):
    shown = open_page(convolution_explorer(size=8))
    shown.root.evaluate(WATCH)
    shown.slide("kernel_size")
    shown.slide("stride")
    shown.slide("dilation")
    assert shown.line() == "nn.Conv2d(1, 1, kernel_size=4, stride=2, dilation=2, bias=False)"
    assert (
        shown.sizes() == "height and width: ⌊(8 + 2·0 − 2·(4 − 1) − 1) / 2⌋ + 1 = 1, 4 never read"
    )
    shown.page.get_by_label("height and width apart").check()
    shown.slide("kernel_size, width", "ArrowLeft", 2)
    assert "kernel_size=(4, 2)" in shown.line()
    assert shown.sizes().startswith("height: ⌊(8 + 2·0 − 2·(4 − 1) − 1) / 2⌋ + 1 = 1")
    shown.choose("layer", "MaxPool2d")
    assert shown.line() == "nn.MaxPool2d(kernel_size=(4, 2), dilation=2)"
    assert shown.page.get_by_role("slider", name="groups").is_disabled()
    shown.page.get_by_label("ceil_mode").check()
    shown.choose("layer", "ConvTranspose2d")
    assert shown.line() == "nn.ConvTranspose2d(1, 1, kernel_size=(4, 2), dilation=2, bias=False)"
    shown.choose("layer", "Conv2d")
    shown.choose("padding is", "'same'")
    assert 'padding="same"' in shown.line()
    assert len(shown.page.evaluate("[...window.heights]")) == 1


def test_impossible_settings_show_the_words_of_pytorch(open_page):
    shown = open_page(convolution_explorer(size=3))
    shown.slide("kernel_size", times=2)
    assert shown.said.inner_text() == (
        "RuntimeError: Calculated padded input size per channel: (3 x 3). Kernel size: (5 x 5). "
        "Kernel size can't be greater than actual input size"
    )
    shown.slide("padding")
    assert "Point at a cell" in shown.said.inner_text()
    shown.slide("groups")
    assert shown.said.inner_text() == "ValueError: in_channels must be divisible by groups"


def test_predict_first_then_see(open_page):
    shown = open_page(convolution_explorer(size=9, kernel_size=4, stride=2, predict=True))
    assert shown.grid("output 0").count() == 0
    assert shown.sizes() == "height and width: ?"
    assert shown.page.locator(".idle").count() == 0, "the hatching would tell what is left over"
    shown.predict(6)
    assert shown.said.inner_text() == "✗ 3 × 3: the stride is missing"
    assert len(shown.values("output 0")) == 3
    shown.slide("padding")
    assert shown.grid("output 0").count() == 0
    shown.predict(4)
    assert shown.said.inner_text() == "✓ right"


@pytest.mark.parametrize(
    ("settings", "guess", "said"),
    [
        ({"size": 9, "kernel_size": 4, "stride": 2}, 4, "round down: what is left is dropped"),
        ({"size": 9, "dilation": 2}, 3, "between k places there are k − 1 steps"),
        ({"size": 9, "padding": 1}, 7, "the padding is missing"),
        ({"size": 9, "padding": 2}, 9, "the padding counts on both sides"),
        ({"size": 9, "dilation": 2}, 7, "the dilation is missing"),
        ({"size": 8, "stride": 2}, 2, "the first window counts: + 1"),
        ({"mode": "max", "size": 8, "stride": 3, "ceil_mode": True}, 2, "mind ceil_mode"),
        ({"size": 9}, 1, "count the places of the kernel"),
    ],
)
def test_a_wrong_prediction_is_told_what_was_forgotten(open_page, settings, guess, said):
    shown = open_page(convolution_explorer(**settings, predict=True))
    shown.predict(guess)
    assert f": {said}" in shown.said.inner_text()


def test_channels_have_numbers_and_sizes_name_their_layer(open_page):
    settings = {"in_channels": 2, "layers": [{"out_channels": 3}, {}], "size": 7}
    shown = open_page(convolution_explorer(**settings))
    assert shown.page.locator("svg .number").all_text_contents() == list("0101012")
    titles = shown.page.locator("svg .title").all_text_contents()
    assert titles[:2] == ["input: 2 × 7 × 7", "kernel of layer 1 for channel 0"]
    assert shown.sizes().startswith("layer 1, height and width: ")


def test_numbers_never_run_over_the_border_of_their_cell(open_page):
    layers = [{"kernel_size": 5}, {"kernel_size": 5}, {"kernel_size": 3}]
    shown = open_page(convolution_explorer(size=15, layers=layers))
    wide = shown.page.evaluate(
        """() => [...document.querySelectorAll("svg text[role=gridcell]")].filter((text) => {
            const size = parseFloat(text.getAttribute("font-size"));
            return size && text.getBBox().width > 1.05 * unitOf(text);
            function unitOf({ parentElement: { children: [a, b] } }) {
                return b ? b.getAttribute("x") - a.getAttribute("x") : Infinity;
            }
        }).map((text) => text.textContent)"""
    )
    assert wide == []


def test_layers_are_stacked_and_the_receptive_field_grows(open_page):
    shown = open_page(convolution_explorer(size=9))
    for _ in range(2):
        shown.page.get_by_role("button", name="+ layer").click()
    shown.focus("output 0", 1, 1)
    assert "sees 7 × 7 of the input" in shown.said.inner_text()
    assert shown.page.locator(".marks .far").get_attribute("d").count("M") == 7 * 7 + 5 * 5
    shown.page.get_by_role("button", name="− layer").click()
    assert shown.grid("layer 1 0").count() == 1
    shown.focus("input 0", 4, 4)
    assert shown.page.locator(".marks .far").get_attribute("d").count("M") == 5 * 5


def test_step_and_play_walk_over_the_output(open_page):
    shown = open_page(convolution_explorer())
    shown.page.get_by_role("button", name="Step").click()
    shown.page.get_by_role("button", name="Step").click()
    assert shown.said.inner_text().startswith("output[0, 0, 1] =")
    shown.page.get_by_role("button", name="Play").click()
    shown.page.get_by_text("output[0, 1, 0] =").wait_for()
    shown.page.get_by_role("button", name="Pause").click()


def test_own_picture(open_page, tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 40), (200, 0, 0)).save(tmp_path / "red.png")
    shown = open_page(convolution_explorer(size=4, in_channels=3))
    shown.page.locator("input[type=file]").set_input_files(tmp_path / "red.png")
    shown.cell("input[0, 0, 0] = 200").wait_for(state="attached")
    assert shown.values("input 2") == [[0.0] * 4] * 4


def test_large_grids_speak_one_cell_at_a_time(open_page):
    explorer = convolution_explorer(size=32, padding=1)
    shown = open_page(explorer)
    shown.grid("output 0").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        shown.page.keyboard.press(key)
    value = int(explorer.output[0, 0, 1, 2])
    told = shown.grid("output 0").get_by_role("gridcell")
    assert told.all_text_contents() == [f"output[0, 1, 2] = {value}".replace("-", "−")]
    assert shown.grid("output 0").get_attribute("aria-activedescendant") == told.get_attribute("id")
    assert shown.said.inner_text().startswith("output[0, 1, 2] =")


@pytest.mark.parametrize("width", [1200, 600, 400])
def test_fits_narrow_pages_and_double_zoom(open_page, width):
    explorer = convolution_explorer(size=12, in_channels=3, out_channels=3)
    shown = open_page(explorer, viewport={"width": width, "height": 900})
    beyond = shown.page.evaluate(
        """() => {
            const svg = document.querySelector(".stage svg").getBoundingClientRect();
            return [...document.querySelectorAll(".stage path, .stage text")].filter((element) => {
                const box = element.getBoundingClientRect();
                return box.right > svg.right || box.bottom > svg.bottom;
            }).length;
        }"""
    )
    assert beyond == 0
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_for_all_and_one_voice(open_page):
    shown = open_page(convolution_explorer())
    unnamed = shown.page.evaluate(
        """() => [...document.querySelectorAll('input, select')].filter(
            e => !e.ariaLabel && !e.closest('label')).length"""
    )
    assert unnamed == 0
    assert shown.page.locator("[role=status], [aria-live]").count() == 1
