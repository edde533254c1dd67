"""Exercises of notebook 00: plain Python, one of them about hidden state."""

from ._define import Mistake, collect, exercise
from ._draw import grids

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


def _fahrenheit_of_sum(celsius):
    return (celsius + 32) * 9 / 5


@exercise(
    starter=fahrenheit_starter,
    hints=[
        "Which variables does the function use? Which of them are its own?",
        "temperature belongs to another cell. What does the caller hand over?",
    ],
    cases=lambda rng: {"celsius": rng.randint(-40, 110)},
    count=40,
    mistakes=[
        Mistake(
            "it still reads temperature from another cell: whatever is handed over, it says 68",
            like=fahrenheit_starter,
        ),
        Mistake("first times 9 / 5, then plus 32: no brackets are needed", like=_fahrenheit_of_sum),
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
    cases=lambda rng: {"value": rng.randint(-300, 600)},
    mistakes=[
        Mistake("nothing is held at 0: darker than black remains", like=lambda v: min(v, 255)),
        Mistake("nothing is held at 255: brighter than white remains", like=lambda v: max(v, 0)),
        Mistake("min and max are swapped: this gives 0 always", like=lambda v: min(max(v, 255), 0)),
        Mistake("min and max are swapped: this gives 255", like=lambda v: max(min(v, 0), 255)),
        Mistake("% 256 wraps around: a pixel a bit too bright turns black", like=lambda v: v % 256),
        Mistake("the largest pixel value is 255, not 256", like=lambda v: min(max(v, 0), 256)),
    ],
)
def clip_pixel(value):
    """Return ``value`` held within 0 … 255."""
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


def _show_bright(case, got, expected):
    pixels, threshold = case["pixels"], case["threshold"]
    bright = [(y, x) for y, row in enumerate(pixels) for x, p in enumerate(row) if p >= threshold]
    return grids([pixels], [f"{expected} bright (framed), yours {got}"], bright)


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
