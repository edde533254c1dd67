"""Exercises of notebook 00: plain Python, one of them about hidden state."""

from ._define import Finding, Mistake, collect, exercise
from ._draw import grids
from ._text import brief

temperature = 20  # what an earlier cell of the notebook left behind


@exercise(
    hints=[
        "The function gets a number called x. Which sum or product is two times x?",
        "Replace the ... by: return and then the product.",
    ],
    cases=lambda rng: {"x": rng.choice([rng.randint(-9, 9), rng.randint(-9, 9) / 2])},
    count=40,
    mistakes=[
        Mistake("you add 2; twice a number is 2 * x", like=lambda x: x + 2),
        Mistake("you square it: ** is a power, * is a product", like=lambda x: x**2),
        Mistake("you give x back unchanged", like=lambda x: x),
    ],
)
def double(x):
    """Return two times ``x``."""
    return 2 * x


@exercise(
    value=True,
    hints=[
        "Follow the order in which the cells ran (the numbers in brackets), not the page.",
        "total is 10 after [1], 15 after [2], 30 after [3]. What does the second cell do to 30?",
    ],
    mistakes=[
        Mistake("that is one run from top to bottom; cell 2 ran once more after it", like=30),
        Mistake("total is not set back to 10: a cell starts from what the last one left", like=15),
        Mistake("you ran the cells as 1, 2, 2, 3; the kernel ran them as 1, 2, 3, 2", like=40),
        Mistake("cell 2 ran once more after cell 3: its 5 is added again", like=25),
        Mistake("cell 2 ran twice: total was 15 before it was doubled", like=20),
        Mistake("that is total after cell 1 alone", like=10),
    ],
)
def run_order():
    """Return ``total`` after three cells were run in the order 1, 2, 3, 2."""
    total = 10  # cell 1
    total = total + 5  # cell 2
    total = total * 2  # cell 3
    return total + 5  # cell 2 once more


def fahrenheit_starter(celsius):
    """Convert degrees Celsius to degrees Fahrenheit."""
    return temperature * 9 / 5 + 32


def _whatever_stands_elsewhere(attempt, celsius):
    """Return ``attempt(celsius)``; it must not depend on what another cell left behind."""
    notebook = getattr(attempt, "__globals__", {})
    had_one, before = "temperature" in notebook, notebook.get("temperature")
    answers = []
    try:
        for left_behind in (20, -7):
            notebook["temperature"] = left_behind
            answers.append(attempt(celsius))
            if notebook["temperature"] != left_behind:
                raise Finding("it changes temperature, a variable of another cell")
    finally:
        if had_one:
            notebook["temperature"] = before
        else:
            notebook.pop("temperature", None)
    if answers[0] != answers[1]:
        raise Finding(
            f"it still reads temperature from another cell: {celsius} °C gives "
            f"{brief(answers[0])} or {brief(answers[1])}, depending on that cell"
        )
    return answers[0]


@exercise(
    starter=fahrenheit_starter,
    observe=_whatever_stands_elsewhere,
    hints=[
        "Which variables does the function use? Which of them are its own?",
        "temperature belongs to another cell. What does the caller hand over?",
    ],
    cases=lambda rng: {"celsius": rng.randint(-40, 110)},
    count=40,
    mistakes=[
        Mistake(
            "it says 68 whatever is handed over: the temperature is fixed at 20",
            like=lambda celsius: 20 * 9 / 5 + 32,
        ),
        Mistake(
            "first times 9 / 5, then plus 32: no brackets are needed",
            like=lambda celsius: (celsius + 32) * 9 / 5,
        ),
        Mistake(
            "add 32; taking it away is the way back to Celsius",
            like=lambda celsius: celsius * 9 / 5 - 32,
        ),
        Mistake("the fraction is upside down: 9 / 5", like=lambda celsius: celsius * 5 / 9 + 32),
        Mistake("// drops the fraction: use /", like=lambda celsius: celsius * 9 // 5 + 32),
        Mistake("32 is missing: water freezes at 32 °F", like=lambda celsius: celsius * 9 / 5),
    ],
)
def fahrenheit(celsius):
    """Convert degrees Celsius to degrees Fahrenheit."""
    return celsius * 9 / 5 + 32


@exercise(
    hints=[
        "A pixel is a whole number from 0 (black) to 255 (white). What is left of 300? Of -20?",
        "min(value, 255) keeps it from going above, max(value, 0) from going below.",
    ],
    cases=lambda rng: {"value": rng.choice([rng.randint(-300, 600), rng.randint(0, 254) + 0.5])},
    mistakes=[
        Mistake("nothing is held at 0: darker than black remains", like=lambda v: min(v, 255)),
        Mistake("nothing is held at 255: brighter than white remains", like=lambda v: max(v, 0)),
        Mistake("min and max are swapped: this gives 0 always", like=lambda v: min(max(v, 255), 0)),
        Mistake("min and max are swapped: this gives 255", like=lambda v: max(min(v, 0), 255)),
        Mistake("% 256 wraps around: a pixel a bit too bright turns black", like=lambda v: v % 256),
        Mistake("the largest pixel value is 255, not 256", like=lambda v: min(max(v, 0), 256)),
        Mistake("the largest pixel value is 255, not 254", like=lambda v: min(max(v, 0), 254)),
        Mistake(
            "a value below 0 becomes 0; abs() turns -20 into 20", like=lambda v: min(abs(v), 255)
        ),
        Mistake(
            "a value within 0 … 255 stays as it is: do not round it",
            like=lambda v: int(min(max(v, 0), 255)),
        ),
        Mistake(
            "a value within 0 … 255 stays as it is: do not round it",
            like=lambda v: round(min(max(v, 0), 255)),
        ),
    ],
)
def clip_pixel(value):
    """Return ``value`` limited to 0 … 255."""
    return min(max(value, 0), 255)


def _bright_above(pixels, threshold):
    return sum(pixel > threshold for row in pixels for pixel in row)


def _bright_rows(pixels, threshold):
    return sum(any(pixel >= threshold for pixel in row) for row in pixels)


def _bright_first_row(pixels, threshold):
    return sum(pixel >= threshold for pixel in pixels[0])


def _bright_last_row(pixels, threshold):
    return sum(pixel >= threshold for pixel in pixels[-1])


def _bright_sum(pixels, threshold):
    return sum(pixel for row in pixels for pixel in row if pixel >= threshold)


def _all_pixels(pixels, threshold):
    return sum(len(row) for row in pixels)


def _show_bright(case, got, expected):
    pixels, threshold = case["pixels"], case["threshold"]
    bright = [(y, x) for y, row in enumerate(pixels) for x, p in enumerate(row) if p >= threshold]
    title = f"{expected} bright (framed), yours {brief(got)}"
    return grids([pixels], [title], bright, cmap="gray")


def _picture(rng):
    pixels = rng.grid(rng.randint(1, 5), rng.randint(1, 5))
    return {"pixels": pixels, "threshold": rng.choice(rng.choice(pixels))}


@exercise(
    hints=[
        "Two loops: one over the rows, inside it one over the pixels of that row.",
        "Start with count = 0 before the loops, return it after both of them.",
        "At least means >=.",
    ],
    cases=_picture,
    draw=_show_bright,
    mistakes=[
        Mistake("at least means >=: a pixel equal to the threshold counts", like=_bright_above),
        Mistake("you count rows that have a bright pixel, not pixels", like=_bright_rows),
        Mistake("you count the first row only: is return inside the loop?", like=_bright_first_row),
        Mistake(
            "only the last row counts: set the count to 0 once, before both loops",
            like=_bright_last_row,
        ),
        Mistake(
            "you count the dark ones: at least means >=",
            like=lambda pixels, threshold: sum(p < threshold for row in pixels for p in row),
        ),
        Mistake(
            "this is the number of rows: go over the pixels of each row",
            like=lambda pixels, threshold: len(pixels),
        ),
        Mistake("every pixel is counted: ask each with if", like=_all_pixels),
        Mistake(
            "you return the bright pixels themselves: how many are there?",
            when=lambda case, got, expected: isinstance(got, list),
        ),
        Mistake(
            "a row is a list: compare the pixels in it, one by one",
            when=lambda case, got, expected: got.kind is TypeError and "'list'" in got.text,
        ),
        Mistake("you add the values up; add 1 for each bright pixel", like=_bright_sum),
    ],
)
def count_bright(pixels, threshold):
    """Return how many numbers in a list of rows are at least ``threshold``."""
    count = 0
    for row in pixels:
        for pixel in row:
            if pixel >= threshold:
                count += 1
    return count


EXERCISES = collect(vars())
