import itertools
import math

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from course_utils.widgets import optimizer_paths, schedule_preview
from course_utils.widgets._optimizer_rules import RULES
from course_utils.widgets.descent import LOST
from course_utils.widgets.optimizers import (
    DECAYS,
    NOBODY,
    PIXELS,
    RATES,
    SURFACES,
    draw_optimizers,
    explain_optimizers,
    optimizer_path,
    surface_map,
)
from course_utils.widgets.schedules import (
    GAMMAS,
    PEAKS,
    PER_BATCH,
    PER_EPOCH,
    SCHEDULES,
    draw_schedule,
    explain_schedule,
    learning_rates,
)

IN_TORCH = {
    "SGD": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.8}),
    "Nesterov": (torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    "RMSProp": (torch.optim.RMSprop, {}),
    "Adam": (torch.optim.Adam, {"betas": (0.8, 0.999)}),
    "AdamW": (torch.optim.AdamW, {"betas": (0.8, 0.999)}),
}
PATHS = {
    "surface": "narrow valley",
    "optimizer": "SGD",
    "beside": "momentum",
    "learning_rate": 0.1,
    "momentum": 0.5,
    "weight_decay": 0.0,
    "steps": 20,
}
SCHEDULE = {
    "schedule": "OneCycle",
    "called": PER_BATCH,
    "peak": 0.1,
    "epochs": 10,
    "batches": 30,
    "warmup": 0.25,
    "step_size": 10,
    "gamma": 0.1,
    "scale": "linear",
}


def torch_value(surface, w):
    x, y = w
    if surface == "flat outside":
        return 4 - 4 * torch.exp(-(x * x + y * y) / 2)
    return SURFACES[surface].value(x, y)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("decay", DECAYS[::2])
def test_each_path_is_that_of_torch_optim(surface, optimizer, decay):
    kind, settings = IN_TORCH[optimizer]
    w = torch.tensor(SURFACES[surface].start, dtype=torch.float64, requires_grad=True)
    torch_optimizer = kind([w], lr=0.01, weight_decay=decay, **settings)
    for place in optimizer_path(surface, optimizer, 0.01, 0.8, decay, 20):
        assert w.tolist() == pytest.approx(place.tolist(), rel=1e-6, abs=1e-12)
        torch_optimizer.zero_grad()
        torch_value(surface, w).backward()
        torch_optimizer.step()


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_the_star_stands_at_the_lowest_place(surface):
    y, x = np.meshgrid(np.linspace(*surface.y, 401), np.linspace(*surface.x, 401))
    lowest = surface.value(*surface.lowest)
    assert 0 <= lowest <= surface.value(x, y).min() + 1e-9
    assert np.abs(surface.slopes(*surface.lowest)).max() < 1e-3
    for low, high, place in zip(
        *zip(surface.x, surface.y, strict=True), surface.start, strict=True
    ):
        assert low < place < high


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("optimizer", RULES)
def test_everything_that_can_be_set_is_drawn_in_one_size(surface, optimizer):
    ends = (RATES[0], RATES[-1]), (0.0, 0.99), (DECAYS[0], DECAYS[-1]), (0, 100)
    for settings in itertools.product(*ends):
        text = explain_optimizers(surface, optimizer, NOBODY, *settings)
        assert 30 < len(text) < 240
        path = optimizer_path(surface, optimizer, *settings)
        assert np.isfinite(path).all()
        assert text.startswith("✗") == bool(np.abs(path[-1]).max() > LOST)
    for beside, steps in ((NOBODY, 0), ("Adam", 100)):
        figure = draw_optimizers(surface, optimizer, beside, 1.0, 0.99, 0.5, steps)
        assert tuple(figure.bbox.size) == (760, 320)
        assert optimizer in figure.get_label()


@pytest.mark.parametrize("surface", SURFACES)
def test_the_map_is_dark_where_it_is_low(surface):
    picture, place = surface_map(surface), SURFACES[surface]
    assert picture.shape == (*PIXELS, 3)
    assert 0.5 < picture.min() < picture.max() <= 1
    across = (place.lowest[0] - place.x[0]) / (place.x[1] - place.x[0])
    down = (place.y[1] - place.lowest[1]) / (place.y[1] - place.y[0])
    row, column = round(down * (PIXELS[0] - 1)), round(across * (PIXELS[1] - 1))
    assert picture[row, column].mean() < 0.75


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Loss after 20 steps: SGD 0.118; momentum 3.86e-06. SGD jumps from side to side"),
        ({"steps": 1}, "Loss after 1 step: SGD"),
        ({"learning_rate": 0.13}, "higher than at the start"),
        ({"learning_rate": 1.0}, "✗ SGD diverged"),
        ({"learning_rate": 0.001}, "goes far where it is steep"),
        ({"optimizer": "momentum", "momentum": 0.9}, "swings like a ball"),
        ({"optimizer": "Adam", "learning_rate": 0.02}, "divides by the size of its gradients"),
        ({"surface": "saddle", "learning_rate": 0.05, "steps": 100}, "SGD hardly moves"),
        ({"surface": "saddle", "optimizer": "Adam", "momentum": 0.9, "steps": 100},
         "Adam has arrived"),
        ({"surface": "flat outside"}, "SGD hardly moves"),
        ({"surface": "two hollows", "optimizer": "momentum", "momentum": 0.9, "learning_rate": 0.05,
          "steps": 80}, "momentum has arrived"),
        ({"surface": "bent valley", "beside": "Nesterov", "momentum": 0.9, "learning_rate": 0.02,
          "steps": 100},
         "✗ Nesterov diverged"),
    ],
)  # fmt: skip
def test_the_note_says_where_the_paths_end_and_why(changes, words):
    assert words in explain_optimizers(**PATHS | changes)


def test_notebook_16_says_what_happens_in_its_questions():
    """The answers below the widget in the notebook."""

    def loss(surface, optimizer, rate, steps, momentum=0.9, decay=0.0):
        path = optimizer_path(surface, optimizer, rate, momentum, decay, steps)
        return SURFACES[surface].value(*path[-1])

    assert (
        loss("narrow valley", "SGD", 0.12, 100)
        < 0.001
        < 10
        < loss("narrow valley", "SGD", 0.13, 100)
    )
    for optimizer, limit in (("momentum", 0.2375), ("Nesterov", 0.0848)):
        below, above = (loss("narrow valley", optimizer, limit + d, 1000) for d in (-0.001, 0.001))
        assert below < 1e-6 < 100 < above
    assert (
        loss("two hollows", "momentum", 0.05, 100) < 0.1 < 1 < loss("two hollows", "SGD", 0.05, 100)
    )
    assert loss("saddle", "SGD", 0.05, 100) > 0.5 > 0.1 > loss("saddle", "Adam", 0.05, 100)
    assert loss("flat outside", "SGD", 0.1, 60) > 3.9 > 0.1 > loss("flat outside", "Adam", 0.1, 60)


def test_the_loss_is_drawn_on_a_logarithmic_scale():
    figure = draw_optimizers(**PATHS | {"surface": "narrow valley", "beside": NOBODY, "steps": 0})
    assert figure.axes[1].lines[0].get_ydata()[0] == pytest.approx(math.log10(16) + 4)


@pytest.mark.parametrize("beside", ["RMSProp", NOBODY])
def test_a_loss_above_the_picture_is_said(beside):
    settings = PATHS | {"learning_rate": 0.13, "steps": 100, "beside": beside}
    *_, words = draw_optimizers(**settings).artists
    assert any("▲ higher than the picture" in text for _, text, *_ in words.texts)


def test_the_widget_of_paths():
    widget = optimizer_paths()
    assert widget.params == PATHS
    assert repr(widget) == "<Optimizer paths: run this cell to start>"
    before = widget._picture.value
    widget._controls["steps"].value = 21
    assert widget._picture.value != before
    widget.set(optimizer="AdamW", beside=NOBODY, learning_rate=0.05)
    assert widget.message.startswith("Loss after 21 steps: AdamW")
    with pytest.raises(ValueError, match=r"learning_rate cannot be 0.3; use one of its options"):
        widget.set(learning_rate=0.3)


def scheduler_of(name, optimizer, peak, epochs, steps, warmup, step_size, gamma):
    if name == "StepLR":
        return lr_scheduler.StepLR(optimizer, step_size, gamma)
    if name == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    if name == "OneCycle":
        return lr_scheduler.OneCycleLR(optimizer, peak, total_steps=steps, pct_start=warmup)
    length = max(round(warmup * steps), 1)
    up = lr_scheduler.LinearLR(optimizer, 1 / length, total_iters=max(length - 1, 1))
    down = lr_scheduler.CosineAnnealingLR(optimizer, max(steps - length, 1))
    return lr_scheduler.SequentialLR(optimizer, [up, down], [length])


@pytest.mark.parametrize("name", SCHEDULES[1:])
@pytest.mark.parametrize("called", [PER_BATCH, PER_EPOCH])
@pytest.mark.parametrize("warmup", [0.25, 0.5, 0.95])
def test_each_schedule_is_that_of_torch(name, called, warmup):
    peak, epochs, batches, step_size, gamma = 0.2, 7, 6, 3, 0.5
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=peak, momentum=0.9)
    own = (peak, epochs, epochs * batches, warmup, step_size, gamma)
    scheduler = scheduler_of(name, optimizer, *own)
    rates = []
    for _ in range(epochs):
        for _ in range(batches):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if called == PER_BATCH and len(rates) < epochs * batches:
                scheduler.step()
        if called == PER_EPOCH:
            scheduler.step()
    ours = learning_rates(name, called, peak, epochs, batches, warmup, step_size, gamma)
    assert ours == pytest.approx(rates, abs=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("called", [PER_BATCH, PER_EPOCH])
def test_every_schedule_is_drawn_in_one_size(schedule, called):
    ends = (PEAKS[0], PEAKS[-1]), (1, 40), (1, 100), (0.05, 0.95), (1, 20), (GAMMAS[0], GAMMAS[-1])
    for settings in itertools.product(*ends):
        rates = learning_rates(schedule, called, *settings)
        assert len(rates) == settings[1] * settings[2]
        assert np.isfinite(rates).all()
        assert (rates >= 0).all()
        assert rates.max() <= settings[0] * (1 + 1e-9)
        assert 30 < len(explain_schedule(schedule, called, *settings, "linear")) < 240
    for epochs, scale in itertools.product((1, 40), ("linear", "logarithmic")):
        settings = (0.5, epochs, 100 // epochs, 0.95, 20, 0.1, scale)
        figure = draw_schedule(schedule, called, *settings)
        assert tuple(figure.bbox.size) == (760, 280)
        assert schedule in figure.get_label()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "First 0.004, highest 0.1, last 4e-07. Up in 25% of the steps"),
        ({"called": PER_EPOCH}, "It was made for 300 calls, one a batch, and gets 9:"),
        ({"schedule": "StepLR", "called": PER_EPOCH}, "× 0.1 after every 10 epochs"),
        ({"schedule": "StepLR"}, "✗ First 0.1, highest 0.1, last 1e-30. It counts calls"),
        (
            {"schedule": "cosine", "called": PER_EPOCH},
            "T_max is 10: a half cosine down over all epochs, one stair for each",
        ),
        ({"schedule": "cosine"}, "T_max is 10 here, made for epochs: it is down after 10 batches"),
        (
            {"schedule": "cosine"},
            "then goes up again. With T_max = 300 it belongs after every batch",
        ),
        ({"schedule": "warm-up + cosine"}, "then a half cosine to 0"),
        ({"schedule": "constant"}, "no scheduler is needed"),
        ({"schedule": "StepLR", "batches": 1}, "× 0.1 after every 10 epochs"),
    ],
)
def test_the_note_says_what_the_scheduler_counts(changes, words):
    assert words in explain_schedule(**SCHEDULE | changes)


def test_the_lowest_line_of_the_logarithmic_scale_stands_for_all_below():
    settings = SCHEDULE | {"schedule": "StepLR", "scale": "logarithmic"}
    (words,) = draw_schedule(**settings).artists
    marks = [text for _, text, *_ in words.texts]
    assert "≤ 1e-08" in marks
    assert "1e-06" in marks


def test_the_widget_of_schedules():
    widget = schedule_preview()
    assert widget.params == SCHEDULE
    assert repr(widget) == "<Schedule preview: run this cell to start>"
    assert [name for name, c in widget._controls.items() if c.disabled] == ["step_size", "gamma"]
    widget.set(schedule="StepLR", called=PER_EPOCH, scale="logarithmic")
    assert "all at once" in widget.message
    assert [name for name, c in widget._controls.items() if c.disabled] == ["warmup"]


@pytest.mark.parametrize(("epochs", "batches", "warmup"), [(1, 20, 0.05), (10, 2, 0.05)])
def test_one_cycle_with_a_single_step_to_the_top(epochs, batches, warmup):
    """PyTorch divides by zero there; the widget begins at the top."""
    settings = ("OneCycle", PER_BATCH, 0.1, epochs, batches, warmup, 10, 0.1)
    rates = learning_rates(*settings)
    assert rates[0] == rates.max() == pytest.approx(0.1)
    assert np.all(np.diff(rates) < 0)
    assert "nan" not in explain_schedule(*settings, "linear")
