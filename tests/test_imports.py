"""The floor plan of course_utils: imports point one way, and no room grows too big."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import course_utils

PACKAGE = Path(course_utils.__file__).parent

# From the bottom to the top; a module imports only from rows before its own.
FLOORS = [
    {"paths"},
    {"device", "geometry", "losses", "metrics", "transforms", "workers"},
    {"budget"},
    {"_memory", "_plain", "_precision"},
    {"checkpoint"},
    {"archives"},
    {"storage"},
    {"mirrors"},
    {"download"},
    {"sample_data"},
    {"_image_files"},
    {"folders"},
    {"datasets"},
    {"loaders"},
    {"speedrun"},
    {"models"},
    {"history"},
    {"epochs"},
    {"ladder", "training"},
    {"pretrained", "recipes"},
    {"inference"},
    {"train"},
    {"ledger"},
    {"_figures", "_pixels"},
    {"plotting"},
    {"exercises"},
    {"widgets"},
    {"crew", "jobs", "processes"},
    {"ddp"},
    {"_outputs"},
    {"refresh"},
    {"doctor"},
]
FLOOR = {module: number for number, row in enumerate(FLOORS) for module in row}
WITHOUT_TORCH = {"paths", "geometry", "archives", "storage", "mirrors", "download", "refresh"}

MAX_MODULE_LINES, MAX_FUNCTION_LINES, MAX_MEDIAN_LINES = 250, 40, 10
FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def room(path):
    """The module of FLOORS to which a file belongs: exercises/_engine.py → exercises."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_modules(path):
    """Yield (line, dotted name) for all that ``path`` imports, relative names made absolute."""
    package = ("course_utils", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def rooms_imported(path):
    for line, name in imported_modules(path):
        parts = name.split(".")
        if parts[0] == "course_utils" and len(parts) > 1 and parts[1] in FLOOR:
            yield line, parts[1]


def functions(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, kinds)]


def code_lines(node):
    """Count a function's lines without its docstring."""
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    documented = docstring.end_lineno - docstring.lineno + 1 if docstring else 0
    return node.end_lineno - node.lineno + 1 - documented


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path):
    if room(path) == "__init__":
        return  # the front door shows device's functions, on first use
    assert room(path) in FLOOR, f"give {room(path)} a place in FLOORS"
    upward = [
        f"line {line}: {other}"
        for line, other in rooms_imported(path)
        if other != room(path) and FLOOR[other] >= FLOOR[room(path)]
    ]
    assert upward == []


@pytest.mark.parametrize("module", sorted(WITHOUT_TORCH))
def test_light_modules_do_not_import_torch(module):
    """Neither themselves nor through another: they must start at once."""
    queue, seen = [module], set()
    while queue:
        name = queue.pop()
        path = PACKAGE / f"{name}.py"
        if name in seen or not path.is_file():
            continue
        seen.add(name)
        heavy = [n for _, n in imported_modules(path) if n.split(".")[0].startswith("torch")]
        assert heavy == [], f"{module} → {name}"
        queue += [other for _, other in rooms_imported(path)]


def test_nothing_waits_for_torchvision_that_can_do_without():
    """Importing it takes as long as PyTorch itself: most notebooks need only what is named here."""
    modules = "datasets loaders models training recipes inference plotting exercises widgets ddp"
    names = ", ".join(f"course_utils.{name}" for name in modules.split())
    code = f"import sys, {names}; print([n for n in ('torchvision', 'cv2') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_rooms_stay_small(path):
    length = len(path.read_text(encoding="utf-8").splitlines())
    assert length <= MAX_MODULE_LINES, f"{path.name} has {length} lines"
    long = {f.name: code_lines(f) for f in functions(path) if code_lines(f) > MAX_FUNCTION_LINES}
    assert long == {}


def test_most_functions_are_tiny():
    lengths = [code_lines(function) for path in FILES for function in functions(path)]
    assert statistics.median(lengths) <= MAX_MEDIAN_LINES
