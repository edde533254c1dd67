"""The exercise engine: what it accepts, refuses, survives and remembers."""

import ast
import builtins
import importlib
import json
import linecache
import random
import signal
import sys
import threading
import time

import pytest

from course_utils.exercises import (
    _progress,
    _show_answers,
    check,
    hint,
    judge,
    solution,
    starter_source,
)
from course_utils.exercises import progress as show_progress
from course_utils.exercises._cases import _draw, draw_cases, size_of
from course_utils.exercises._compare import difference
from course_utils.exercises._define import Exercise, Mistake
from course_utils.exercises._draw import grids
from course_utils.exercises._judge import judge_exercise, try_case
from course_utils.exercises._registry import FOLDER, exercise_names, find_exercise
from course_utils.exercises._text import brief, say

NAMES = list(exercise_names())
REPAIRS = [name for name in NAMES if find_exercise(name).starter is not None]


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))
    _show_answers._hints_given.clear()


def learner(source, name="double", known=()):
    """Run a cell as a notebook does (its source known to linecache) and return one name of it."""
    filename = f"<cell {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {**dict(known), "__name__": "__main__"}
    exec(compile(source, filename, "exec"), namespace)
    return namespace[name]


def doubling(**settings):
    def double(x):
        return 2 * x

    defaults = {"hints": ["h"], "cases": [{"x": 1}, {"x": 2}, {"x": 3}], "seconds": 0.3}
    return Exercise(reference=double, **(defaults | settings))


def text_of(source, **settings):
    return judge_exercise(doubling(**settings), learner(source)).text


# every exercise


@pytest.mark.parametrize("name", NAMES)
def test_reference_is_right(name):
    exercise = find_exercise(name)
    verdict = judge(exercise.truth() if exercise.value else exercise.reference, name)
    assert verdict.status == "solved", verdict.text
    assert "\n" not in verdict.text
    assert verdict.text.startswith(f"✓ {name}: ")


@pytest.mark.parametrize("name", NAMES)
def test_what_the_notebook_hands_out_is_no_attempt(name):
    exercise = find_exercise(name)
    known = vars(sys.modules[exercise.reference.__module__])  # what a class is derived from
    attempt = ... if exercise.value else learner(starter_source(name), name, known)
    verdict = judge(attempt, name)
    assert verdict.status == "unattempted", verdict.text
    assert verdict.text.startswith("✗ not attempted yet")


@pytest.mark.parametrize("name", REPAIRS)
def test_starter_is_broken_by_behaviour_too(name):
    exercise = find_exercise(name)
    trials = [try_case(exercise, exercise.starter, case, 5) for case in draw_cases(exercise)]
    assert any(trial.failure for trial in trials)


@pytest.mark.parametrize("name", NAMES)
def test_has_hints_and_a_solution_without_the_machinery(name, capsys):
    exercise = find_exercise(name)
    assert len(exercise.hints) >= 2
    assert len(exercise.mistakes) >= 3
    solution(name)
    printed = capsys.readouterr().out
    assert printed.startswith((f"def {name}(", f"class {name}("))
    ast.parse(printed)


def test_each_file_lists_what_the_registry_finds():
    for path in FOLDER.glob("nb*.py"):
        module = importlib.import_module(f"course_utils.exercises.{path.stem}")
        found = [e for e in map(find_exercise, NAMES) if e.reference.__module__ == module.__name__]
        assert sorted(e.name for e in found) == sorted(e.name for e in module.EXERCISES)


# attempts that are none


@pytest.mark.parametrize(
    "body",
    [
        "...",
        "pass",
        "return ...",
        "return",
        "return None",
        "raise NotImplementedError",
        "raise NotImplementedError('later')",
        "'''Say what.'''\n    ...  # your turn",
        "y = ...\n    return y",
        "return 2 * ...",
    ],
)
def test_placeholders_are_not_attempted(body):
    assert "not attempted yet" in text_of(f"def double(x):\n    {body}")


@pytest.mark.parametrize(
    "body",
    ["...\n    return 2 * x", "import numpy\n    return 2 * numpy.array([x])[..., 0].item()"],
)
def test_an_ellipsis_with_another_meaning_is_no_placeholder(body):
    assert text_of(f"def double(x):\n    {body}").startswith("✓")


def test_without_source_the_result_tells():
    namespace = {}
    exec("def double(x):\n    return ...", namespace)
    assert judge(namespace["double"]).status == "unattempted"
    exec("def double(x):\n    return x + x", namespace)
    assert judge(namespace["double"]).status == "solved"


@pytest.mark.parametrize("first_line", ["pass", "super().__init__()"])
def test_class_with_empty_methods_is_not_attempted(first_line):
    source = (
        f"class Net:\n    def __init__(self):\n        {first_line}\n"
        "    def forward(self, x):\n        ..."
    )
    exercise = doubling(observe=lambda net, x: net().forward(x), oracle=lambda: None)
    assert judge_exercise(exercise, learner(source, "Net")).status == "unattempted"


def test_comments_names_and_annotations_do_not_make_a_repair():
    source = starter_source("fahrenheit").replace("celsius", "celsius: float", 1)
    source = source.replace("return", "# look at this\n\n    return")
    assert judge(learner(source, "fahrenheit")).status == "unattempted"


# what a wrong answer is told


def test_smallest_failing_case_is_named_with_both_answers():
    text = judge(learner("def double(x):\n    return 2 * x if x < 3 else 0")).text
    assert text.splitlines()[0] == "✗ double: x=3: yours 0, expected 6"
    assert text.splitlines()[-1] == '  hint("double") helps'


def test_cases_grow_and_are_seeded():
    cases = draw_cases(find_exercise("count_bright"))
    assert [size_of(case) for case in cases] == sorted(size_of(case) for case in cases)
    _draw.cache_clear()
    assert cases == draw_cases(find_exercise("count_bright"))


def test_right_answers_are_worked_out_once_and_no_attempt_can_spoil_them():
    worked_out = []

    def oracle(numbers):
        worked_out.append(len(numbers))
        return sum(numbers)

    def total(numbers):
        return sum(numbers)

    def spoiling(numbers):
        numbers.append(100)
        return numbers

    exercise = Exercise(
        reference=total,
        hints=["h"],
        oracle=oracle,
        cases=lambda rng: {"numbers": [rng.randint(0, 9) for _ in range(rng.randint(1, 5))]},
    )
    assert judge_exercise(exercise, spoiling).status == "wrong"
    assert judge_exercise(exercise, total).status == "solved"
    known = len(worked_out)
    assert judge_exercise(exercise, total).status == "solved"
    assert len(worked_out) == known


def test_smallest_means_least_to_read():
    def counts_above(pixels, threshold):
        return sum(pixel > threshold for row in pixels for pixel in row)

    first = judge(counts_above, "count_bright").text.splitlines()[0]
    assert first.startswith("✗ count_bright: pixels=[[")
    assert first.count(",") <= 5


def test_predicates_explain_and_may_fail():
    mistakes = [
        Mistake("broken predicate", when=lambda case, got, right: got.no_such_thing),
        Mistake("half of it", when=lambda case, got, right: got * 2 == right),
    ]
    assert "half of it" in text_of("def double(x):\n    return x", mistakes=mistakes)


def test_an_unchanging_answer_is_named():
    assert "whatever the input" in text_of("def double(x):\n    return 8")


def test_parameters_may_be_renamed_but_not_removed():
    assert text_of("def double(number):\n    return 2 * number").startswith("✓")
    assert "keep the parameters" in text_of("def double():\n    return 2")


def test_a_prediction_is_not_given_away():
    assert "35" not in judge(31, "run_order").text


# code that misbehaves


def test_exception_is_one_line_with_its_place():
    text = text_of("def double(x):\n    y = 0\n    return x / y")
    first = text.splitlines()[0]
    assert first.endswith(
        "your code raises ZeroDivisionError: division by zero (line 3: return x / y)"
    )


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n        try: x += 1\n        except Exception: pass",
    ],
)
def test_endless_loop_is_stopped(body):
    text = text_of(f"def double(x):\n    {body}")
    assert "does a loop never end?" in text
    assert "(line " in text


def test_deep_sleep_is_stopped():
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job with & ignores it
    start = time.perf_counter()
    try:
        text = text_of("import time\ndef double(x):\n    time.sleep(60)", seconds=0.05)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert "no answer in time" in text
    if hasattr(signal, "pthread_kill"):  # Windows wakes no sleeper
        assert time.perf_counter() - start < 30


def test_only_the_learner_s_own_seconds_count():
    def slow_oracle(x):
        time.sleep(0.4)
        return 2 * x

    waits = "import time\ndef double(x):\n    time.sleep(0.01)\n    return 2 * x"
    assert text_of(waits, seconds=0.3, oracle=slow_oracle).startswith("✓")
    naps = "import time\ndef double(x):\n    time.sleep(0.25)\n    return 2 * x"
    assert "no answer in time" in text_of(naps, seconds=0.3)


def test_time_limit_works_outside_the_main_thread():
    texts = []
    source = "def double(x):\n    while True: pass"
    worker = threading.Thread(target=lambda: texts.append(text_of(source)))
    worker.start()
    worker.join(30)
    assert "does a loop never end?" in texts[0]


def test_check_works_under_a_debugger_or_coverage():
    source = "def double(x):\n    return 2 * x"
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        assert text_of(source).startswith("✓")
    finally:
        sys.settrace(before)


def test_nothing_knocks_after_a_call_in_time():
    assert text_of("def double(x):\n    return 2 * x", seconds=0.05).startswith("✓")
    time.sleep(0.1)  # a late TimeUp would strike here


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_ctrl_c_passes_through(error):
    def double(x):
        raise error

    with pytest.raises(error):
        judge_exercise(doubling(), double)


@pytest.mark.parametrize("call", ["import sys; sys.exit()", "raise SystemExit('bye')"])
def test_exit_does_not_end_the_kernel(call):
    assert "ends Python with exit()" in text_of(f"def double(x):\n    {call}")


def test_printing_a_lot_is_cut():
    source = "def double(x):\n    for i in range(10_000): print('line', i)\n    return x"
    text = text_of(source)
    assert "it printed: line 0 ⏎ line 1 ⏎ line 2 …" in text
    assert len(text) < 400
    assert "not shown" in text_of("def double(x):\n    print(x)\n    return 2 * x")


def test_printing_instead_of_returning(capsys):
    assert "prints but returns nothing" in text_of("def double(x):\n    print(2 * x)")
    assert capsys.readouterr().out == ""


def test_input_changed_in_place():
    cases = [{"x": [1, 2]}]
    right = "def double(x):\n    x.append(3)\n    return 2 * x[:2]"
    assert "changes its input x in place" in text_of(right, cases=cases)


def test_warnings_are_shown_not_raised():
    source = "import warnings\ndef double(x):\n    warnings.warn('mind the shape')\n    return x"
    assert "a warning: mind the shape" in text_of(source)


def test_global_state_is_put_back():
    import numpy
    import torch

    source = """
def double(x):
    import random, numpy, torch
    random.seed(x); numpy.random.seed(x); torch.manual_seed(x)
    torch.set_grad_enabled(False); torch.set_default_dtype(torch.float64)
    return 2 * x
"""
    before = random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state()
    assert text_of(source).startswith("✓")
    assert random.getstate() == before[0]
    assert numpy.random.get_state()[1].tolist() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


def test_drawing_cases_leaves_the_generators_alone():
    import torch

    before = random.getstate(), torch.get_rng_state()
    _draw.cache_clear()
    draw_cases(find_exercise("add_relu"))
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_an_oracle_that_fails_is_our_error_not_the_learners():
    with pytest.raises(AssertionError, match="the oracle of double raises"):
        judge_exercise(
            doubling(oracle=lambda x: x.missing), learner("def double(x):\n    return x")
        )


# calls of check that are not meant like this


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((6,), "For a function write check(f), not check(f(3))"),
        (("double",), "without quotes: check(double)"),
        (("run_order", 35), "the name comes second"),
        ((None,), "check was given None. For"),
        ((6,), "check was given 6, an int. For"),
        ((35, "run_ordre"), "did you mean run_order?"),
        ((35, "zzz"), "there is no exercise called 'zzz'"),
        ((6, "double"), "check wants the function itself: check(double)"),
        ((len, "run_order"), "this one wants a value"),
        ((lambda x: x,), "there is no exercise called '<lambda>'"),
    ],
)
def test_odd_calls_get_a_helpful_line(arguments, words, capsys):
    check(*arguments)
    printed = capsys.readouterr().out
    assert words in printed
    assert len(printed.splitlines()) == 1


# comparing values


def test_differences_name_what_differs():
    import torch

    one = torch.ones(2)
    pairs = [
        (3.5, 3, "yours is a float (3.5), expected an int (3)"),
        (True, 1, "yours is a bool"),
        ("3", 3, "yours is a str"),
        (torch.tensor(3), 3, ".item()"),
        ([1, 2], (1, 2), "yours is a list"),
        ((1, 2), (1, 2, 3), "2 items instead of 3"),
        ([1], [1, 2], "1 item instead of 2"),
        ({"a": 1}, {"a": 1, "b": 2}, "b is missing"),
        ({"a": 1, "c": 2}, {"a": 1}, "c is too much"),
        (0.30001, 0.3001, "yours 0.30001, expected 0.3001"),
        (float("nan"), 1.0, "yours nan"),
        ([1.0, 2.0], one, "yours is a list"),
        (one.double(), one, "yours has dtype float64, expected float32"),
        (one[None], one, "yours has shape (1, 2), expected (2,)"),
        (one.to("meta"), one, "yours has device meta, expected cpu"),
        (one.clone().requires_grad_(), one, "still tracks gradients"),
        (one, one.clone().requires_grad_(), "cut from the graph"),
        (one * float("nan"), one, "yours has NaN at [0]"),
        (one + 1, one, "yours tensor([2, 2]), expected tensor([1, 1])"),
        (torch.eye(9), torch.zeros(9, 9), "at [0, 0]: yours 1, expected 0"),
        (one.numpy(), one, "yours is an ndarray"),
        (one.double().numpy(), one.numpy(), "yours has dtype float64"),
        (one.numpy() + 1, one.numpy(), "yours array([2, 2]), expected array([1, 1])"),
        (torch.eye(9).numpy(), torch.zeros(9, 9).numpy(), "at [0, 0]: yours 1, expected 0"),
        (torch.nn.ReLU().eval(), torch.nn.ReLU(), "yours is in eval mode"),
        (torch.nn.Sigmoid(), torch.nn.ReLU(), "yours is a Sigmoid"),
    ]
    for got, expected, words in pairs:
        assert words in (difference(got, expected) or "no difference"), words


def test_agreement_is_agreement():
    import torch

    nan = torch.tensor([float("nan"), 1.0])
    same = [(0.1 + 0.2, 0.3), (3, 3.0), (nan, nan.clone()), ([None, "a"], [None, "a"])]
    same += [(torch.Size([1, 2]), (1, 2)), (torch.nn.Linear(1, 1).eval(),) * 2]
    assert [difference(a, b) for a, b in same] == [None] * len(same)


def test_long_and_strange_values_stay_on_one_line():
    class Odd:
        def __repr__(self):
            raise RuntimeError

    for value in (list(range(1000)), "a\nb" * 100, Odd(), {i: i for i in range(1000)}):
        assert len(brief(value)) <= 80
        assert "\n" not in brief(value)


def test_pictures_are_drawn():
    names = [name for name in NAMES if find_exercise(name).draw]
    assert {"count_bright", "confusion_matrix"} <= set(names)
    for name in names:
        exercise = find_exercise(name)
        case = draw_cases(exercise)[-1]
        right = exercise.reference(**case)
        other = right[::-1] if isinstance(right, tuple) else right + 1
        assert exercise.draw(case, other, right).axes
    figure = grids([[[1, 2]], [[3, 4]]], ["yours", "right"], [(0, 1)])
    assert [ax.get_title() for ax in figure.axes] == ["yours", "right"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "2"]


# hints and solutions


def test_hints_go_one_further_and_stay_at_the_last(capsys):
    for _ in range(3):
        hint("double")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:11] for line in lines[::2]] == ["hint 1 of 2", "hint 2 of 2", "hint 2 of 2"]
    assert 'solution("double")' in lines[-1]
    hint(find_exercise("double").reference)
    assert "hint 2 of 2" in capsys.readouterr().out


def test_unknown_names_are_told(capsys):
    hint("duoble")
    solution("duoble")
    assert capsys.readouterr().out.count("did you mean double?") == 2


def test_old_consoles_get_plain_letters(monkeypatch, capsys):
    def only_ascii(text):
        text.encode("ascii")
        return real(text)

    real = print
    monkeypatch.setattr(builtins, "print", only_ascii)
    say("✓ double: right")
    assert capsys.readouterr().out == "OK double: right\n"


# progress


def test_check_remembers_success_only(capsys):
    check(learner("def double(x):\n    return x"))
    assert _progress.solved_exercises() == {}
    assert check(learner("def double(x):\n    return x + x")) is None
    assert list(_progress.solved_exercises()) == ["double"]
    capsys.readouterr()
    show_progress("00")
    row, following = capsys.readouterr().out.splitlines()
    assert row.split() == ["00_start_here", "1", "/", "5", "●○○○○"]
    assert following == "next: run_order in 00_start_here"


def test_judge_writes_nothing(tmp_path):
    judge(learner("def double(x):\n    return x + x"))
    assert not (tmp_path / "state").exists()


def test_progress_of_everything_and_of_nothing(capsys):
    show_progress()
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines[:-1]] == sorted(
        {home[:2] for home in exercise_names().values()}
    )
    show_progress(99)
    assert capsys.readouterr().out.startswith("no exercises in notebook 99; there are some in 00, ")
    for name in NAMES:
        _progress.record_solved(name)
    show_progress(0)
    assert capsys.readouterr().out.splitlines()[-1] == "all solved"


@pytest.mark.parametrize("damage", ["{", "[]", '{"solved": 3}', "", '"text"'])
def test_damaged_progress_is_put_aside(damage, tmp_path, capsys):
    _progress.record_solved("double")
    (tmp_path / "state" / "progress.json").write_text(damage, encoding="utf-8")
    _progress.record_solved("clip_pixel")
    assert "kept as" in capsys.readouterr().out
    kept = list((tmp_path / "state").glob("progress-unreadable-*.json"))
    assert [path.read_text(encoding="utf-8") for path in kept] == [damage]
    assert list(_progress.solved_exercises()) == ["clip_pixel"]


def test_two_kernels_lose_nothing(tmp_path):
    names = [f"exercise_{i}" for i in range(24)]

    def kernel(mine):
        for name in mine:
            _progress.record_solved(name)

    threads = [threading.Thread(target=kernel, args=(names[start::2],)) for start in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(_progress.solved_exercises()) == sorted(names)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["progress.json"]


def test_unwritable_progress_is_one_line(tmp_path, capsys):
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    check(learner("def double(x):\n    return x + x"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✓")
    assert any("progress could not be saved" in line for line in lines)


def test_a_failed_write_keeps_the_old_file(monkeypatch, tmp_path, capsys):
    def disk_is_full(*_):
        raise OSError("the disk is full")

    _progress.record_solved("double")
    with monkeypatch.context() as patch:
        patch.setattr(_progress.Path, "replace", disk_is_full)
        _progress.record_solved("clip_pixel")
    assert "progress could not be saved: the disk is full" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["progress.json"]
    text = (tmp_path / "state" / "progress.json").read_text(encoding="utf-8")
    assert list(json.loads(text)["solved"]) == ["double"]
