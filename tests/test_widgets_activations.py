import itertools

import numpy as np
import pytest

from course_utils.widgets import activation_explorer
from course_utils.widgets.activations import (
    ACTIVATIONS,
    draw_activation,
    draw_inputs,
    explain_activation,
    values_and_slopes,
)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_are_those_of_small_differences(name):
    grid = np.linspace(-5, 5, 41) + 0.01  # no point at the corner of ReLU
    values, slopes = values_and_slopes(name, grid)
    above, _ = values_and_slopes(name, grid + 1e-6)
    np.testing.assert_allclose((above - values) / 1e-6, slopes, atol=1e-4)


def test_what_is_said_about_each_is_true():
    grid = np.linspace(-50, 50, 4001)
    values = {name: values_and_slopes(name, grid) for name in ACTIVATIONS}
    assert values["Sigmoid"][1].max() == pytest.approx(0.25)
    assert values["LeakyReLU"][1].min() == pytest.approx(0.01)
    assert set(values["ReLU"][1]) == {0, 1}
    assert np.abs(values["Tanh"][0]).max() <= 1
    for name in ("GELU", "SiLU"):
        assert values[name][0].min() < -0.1
    np.testing.assert_array_equal(values["none"][0], grid)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_setting_gives_a_picture_of_one_size(name):
    figures = [
        draw_activation(name, spread, mean) for spread, mean in itertools.product((0.1, 5), (-4, 4))
    ]
    assert {tuple(figure.get_size_inches()) for figure in figures} == {(7.6, 2.9)}
    assert len({figure.get_label() for figure in figures}) == 4


def test_the_note_counts_what_meets_no_slope():
    inputs = draw_inputs(1.0, 0.0)
    share = f"{(inputs < 0).mean():.0%} of the numbers meet a slope below 0.05"
    assert share in explain_activation("ReLU", 1.0, 0.0)
    assert "0% of the numbers" in explain_activation("none", 5.0, 4.0)


def test_widget():
    widget = activation_explorer()
    widget.set(name="Sigmoid", spread=5.0)
    assert "never above 0.25" in widget.message
    assert repr(widget) == "<Activation explorer: run this cell to start>"
