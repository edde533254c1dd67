"""What every notebook must keep, one function a rule; each yields the problems it finds.

A rule takes a notebook as nbformat reads it, and its path. Used by test_notebooks_lint.py on the
course's notebooks, and by test_verification.py on made-up ones that break one rule each.
"""

import ast
import json
import re
import statistics
from pathlib import Path

import nbformat

MAX_BYTES = 300_000
MAX_LINES, MAX_MEDIAN_LINES = 20, 8
MAX_IGNORED = 0.25
MIN_CHECKS = 4
UNSAFE_LOADS = {"19_saving_and_loading": 1}  # the one demonstration of what a file can do
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
IGNORING = {"nbval-ignore-output", "nbval-skip"}
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s#]+)[^)]*\)")
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
PRIVATE = re.compile(r"(?:/home/|/root/|/Users/|/tmp/|/var/folders/|\b[A-Z]:\\\\?\w|\\Users\\)")

RULES = []


def unsafe_loads(tree):
    """Yield the line of everything that hands over ``weights_only`` as something but True."""
    for node in ast.walk(tree):
        given = []
        if isinstance(node, ast.keyword):
            given = [(node.arg, node.value)]
        elif isinstance(node, ast.Dict):
            given = [
                (getattr(key, "value", None), v)
                for key, v in zip(node.keys, node.values, strict=True)
            ]
        for name, value in given:
            if name == "weights_only" and getattr(value, "value", None) is not True:
                yield value.lineno


def rule(function):
    RULES.append(function)
    return function


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def output_texts(notebook):
    """Yield (number of the code cell, text) for everything readable in the outputs."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            yield number, output.get("text", "")
            yield number, "\n".join(output.get("traceback", []))
            for kind, content in output.get("data", {}).items():
                if not kind.startswith("image/") and isinstance(content, str):
                    yield number, re.sub(r"data:image/\w+;base64,[\w+/=]+", "", content)


def trees(notebook):
    """Yield (number of the code cell, syntax tree), without IPython's own commands."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        lines = ["pass" if re.match(r"\s*[!%]", x) else x for x in cell.source.split("\n")]
        yield number, ast.parse("\n".join(lines))


@rule
def name_is_number_and_words(notebook, path):
    if not re.fullmatch(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*\.ipynb", path.name):
        yield f"{path.name} is not like 07_data_loaders.ipynb"


@rule
def is_valid(notebook, path):
    ids = [cell.get("id") for cell in notebook.cells]
    if notebook.nbformat_minor < 5 or None in ids or len(set(ids)) < len(ids):
        yield "each cell needs an id of its own (nbformat 4.5); refresh gives them"
        return
    try:
        nbformat.validate(notebook, relax_add_props=False)
    except nbformat.ValidationError as error:
        yield str(error).splitlines()[0]


@rule
def was_run_from_top_to_bottom(notebook, path):
    counts = [cell.get("execution_count") for cell in code_cells(notebook) if cell.source.strip()]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}; refresh the notebook"


@rule
def raises_nothing_unexpected(notebook, path):
    for number, cell in enumerate(code_cells(notebook), start=1):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        if expected != any(output.output_type == "error" for output in cell.outputs):
            yield f"code cell {number}: an error and the tag raises-exception belong together"


@rule
def has_clean_metadata(notebook, path):
    kernel = notebook.metadata.get("kernelspec", {})
    if {key: kernel.get(key) for key in KERNEL} != KERNEL:
        yield f"kernel is {kernel.get('name')!r}, {kernel.get('display_name')!r}"
    if extra := set(notebook.metadata) - {"kernelspec", "language_info"}:
        yield f"notebook metadata {sorted(extra)} does not belong in the file"
    if "widget-view" in str([cell.outputs for cell in code_cells(notebook)]):
        yield "an output refers to a live widget; refresh the notebook"


@rule
def is_verified_almost_everywhere(notebook, path):
    cells = code_cells(notebook)
    ignored = [c for c in cells if IGNORING & set(c.metadata.get("tags", []))]
    if len(ignored) > MAX_IGNORED * len(cells):
        yield f"{len(ignored)} of {len(cells)} code cells are ignored by nbval"
    if any("NBVAL_" in cell.source for cell in cells):
        yield "use a tag such as nbval-ignore-output instead of a comment that learners see"


@rule
def is_small(notebook, path):
    size = len(json.dumps(notebook, indent=1, ensure_ascii=False).encode())
    if size > MAX_BYTES:
        yield f"{size / 1000:.0f} kB with its outputs; the limit is {MAX_BYTES // 1000} kB"


@rule
def has_short_code_cells(notebook, path):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    for number, length in enumerate(lengths, start=1):
        if not 1 <= length <= MAX_LINES:
            yield f"code cell {number} has {length} lines; 1 to {MAX_LINES} are good"
    if statistics.median(lengths) > MAX_MEDIAN_LINES:
        yield f"half of the code cells have more than {MAX_MEDIAN_LINES} lines"


@rule
def has_pictures_with_alt_text(notebook, path):
    for match in (match for text in prose(notebook) for match in IMAGE.finditer(text)):
        if len(match["alt"].split()) < 3:
            yield f"{match['target']}: alt text {match['alt']!r} does not describe the picture"
        if not (path.parent / match["target"]).is_file():
            yield f"{match['target']} is not a file in the repository"
    for text in [*prose(notebook), *(text for _, text in output_texts(notebook))]:
        for tag in HTML_IMAGE.findall(text):
            if not re.search(r"\balt=[\"'][^\"']+", tag) or re.search(r"src=[\"']https?:", tag):
                yield f"{tag[:60]}… needs an alt text and a local source"


@rule
def has_links_that_lead_somewhere(notebook, path):
    for match in (match for text in prose(notebook) for match in LINK.finditer(text)):
        target = match["target"]
        if not re.match(r"\w+:", target) and not (path.parent / target).exists():
            yield f"link to {target}, which is not there"


@rule
def changes_nothing_outside(notebook, path):
    for number, cell in enumerate(code_cells(notebook), start=1):
        if bad := re.search(r"^\s*(!.*|%+(?:pip|conda|matplotlib|sh|bash)\b.*)", cell.source, re.M):
            yield f"code cell {number}: {bad[1]!r} depends on the machine"


@rule
def has_explicit_code(notebook, path):
    for number, tree in trees(notebook):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                yield f"code cell {number}: star import"
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                yield f"code cell {number}: bare except"
            if isinstance(node, ast.Global):
                yield f"code cell {number}: hidden global"


@rule
def loads_only_weights(notebook, path):
    found = [number for number, tree in trees(notebook) for _ in unsafe_loads(tree)]
    allowed = UNSAFE_LOADS.get(path.stem, 0)
    for number in found[allowed:]:
        yield f"code cell {number} loads with weights_only other than True: a file could run code"


@rule
def can_be_compared(notebook, path):
    for number, cell in enumerate(code_cells(notebook), start=1):
        if cell.source.rstrip().endswith(";"):
            yield f"code cell {number} ends in a semicolon; assign the value to _ instead"
        if re.search(r"\bclear_output\(|\bOut\[|update_display|\binteract\(", cell.source):
            yield f"code cell {number} uses what nbval cannot follow"


@rule
def shows_nothing_of_this_machine(notebook, path):
    for number, text in output_texts(notebook):
        if found := PRIVATE.search(text) or re.search(re.escape(str(Path.home())) + r"\b", text):
            yield f"code cell {number} prints a path of this machine: {found[0]}"
        if re.search(r"\b0x[0-9a-f]{6,}\b", text):
            yield f"code cell {number} prints an object's address"
        if warning := re.search(r"\b\w*Warning\b: ", text):
            yield f"code cell {number} prints a {warning[0]}"
    for number, cell in enumerate(code_cells(notebook), start=1):
        if "course-not-saved" in cell.metadata.get("tags", []) and cell.outputs:
            yield f"code cell {number} is tagged course-not-saved, but has output; refresh it"


@rule
def chooses_the_device_once(notebook, path):
    source = "\n".join(cell.source for cell in code_cells(notebook))
    count = len(re.findall(r"^device = get_device\(\)$", source, re.M))
    if re.search(r"^\s*(?:import|from) torch\b", source, re.M) and count != 1:
        yield f"`device = get_device()` occurs {count} times instead of once"


@rule
def opens_with_goals(notebook, path):
    texts = prose(notebook)
    opening = "\n".join(texts[:2])
    if notebook.cells[0].cell_type != "markdown" or not re.match(
        rf"# {path.name[:2]} · \S+", texts[0]
    ):
        yield f"the first cell must begin with '# {path.name[:2]} · Title'"
    if len(re.findall(r"^\W*[-*] |<li>", opening, re.M)) < 2 or not re.search(
        r"\bmin(?:utes)?\b", opening
    ):
        yield "the goal box needs a list of what one can do afterwards, and the minutes it takes"
    if not any("![" in c.source or "<svg" in c.source for c in notebook.cells[:3]):
        yield "there is no picture in the first three cells"


@rule
def closes_with_recap_and_next(notebook, path):
    texts = prose(notebook)
    if not re.search(r"^#+ .*\brecap\b", "\n".join(texts), re.M | re.I):
        yield "there is no heading with the word Recap"
    if "next" not in texts[-1].lower() or not LINK.search(texts[-1]):
        yield "the last text cell must say what is next, with a link"


@rule
def has_exercises(notebook, path):
    checks = [c for c in code_cells(notebook) if re.search(r"^check\(", c.source, re.M)]
    if len(checks) < MIN_CHECKS:
        yield f"{len(checks)} cells with a check(…); at least {MIN_CHECKS} are wanted"
