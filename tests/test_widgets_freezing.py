import base64
import itertools

import pytest
import torch
from torchvision import models as tv_models

from course_utils.models import count_parameters, freeze, replace_head, small_resnet
from course_utils.widgets import freeze_depth
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.freezing import (
    COPIES,
    MOST_PARTS,
    NETWORKS,
    draw_freezing,
    explain_freezing,
    memory_of,
    parts_of,
    size,
)

FIGURE = (820, 270)


@pytest.fixture
def widget():
    return freeze_depth()


@pytest.mark.parametrize("network", NETWORKS)
def test_the_parts_hold_every_parameter_once(network):
    build = small_resnet if network == "small_resnet" else getattr(tv_models, network)
    with torch.device("meta"):
        model = replace_head(build(), 2)
    parts = parts_of(network)
    assert sum(part.parameters for part in parts) == count_parameters(model)
    assert len(parts) <= MOST_PARTS
    assert all(part.parameters for part in parts)


def test_memory_is_that_of_a_real_training_step():
    model = replace_head(small_resnet(), 2)
    for name in ("stem", "stage1", "stage2"):
        freeze(model.get_submodule(name))
    optimizer = torch.optim.Adam(p for p in model.parameters() if p.requires_grad)
    model(torch.randn(2, 3, 16, 16)).sum().backward()
    optimizer.step()
    rows = [
        memory_of(part.parameters, learns=place >= 3, optimizer="Adam")
        for place, part in enumerate(parts_of("small_resnet"))
    ]
    real = {
        "weights": sum(p.nbytes for p in model.parameters()),
        "gradients": sum(p.grad.nbytes for p in model.parameters() if p.grad is not None),
        "state": sum(
            value.nbytes
            for state in optimizer.state.values()
            for name, value in state.items()
            if name != "step"
        ),
    }
    assert {name: sum(row[name] for row in rows) for name in real} == real


@pytest.mark.parametrize("network", NETWORKS)
def test_everything_that_can_be_set_is_drawn_in_one_size(network):
    for frozen, optimizer in itertools.product(range(MOST_PARTS + 1), COPIES):
        figure = draw_freezing(network, frozen, optimizer)
        assert tuple(figure.bbox.size) == pytest.approx(FIGURE)
        assert figure.get_label().count("frozen") == min(frozen, len(parts_of(network)))
        assert 90 < len(explain_freezing(network, frozen, optimizer)) < 230


def test_bars_grow_with_what_is_trained():
    def ends(frozen):
        (bars,) = draw_freezing("vgg16", frozen, "Adam").findobj(lambda a: hasattr(a, "get_paths"))
        return [path.vertices[1, 0] for path in bars.get_paths()[: 3 * 7]]

    trained, frozen = ends(0), ends(5)
    assert trained[3 * 4 + 2] > frozen[3 * 4 + 2]
    assert trained[3 * 6 :] == frozen[3 * 6 :]
    assert max(trained) <= 0.985


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (("small_resnet", 4, "SGD"), "258 of 667,290 parameters learn (0.04%)"),
        (("small_resnet", 4, "SGD"), "take 1 kB instead of 2.7 MB. The weights stay: 2.7 MB."),
        (("small_resnet", 4, "SGD"), "backward() ends at head."),
        (("small_resnet", 0, "SGD"), "(100%)"),
        (("small_resnet", 5, "SGD"), "✗ All 5 parts of small_resnet are frozen"),
        (("vgg16", 6, "Adam"), "98 kB instead of 1.6 GB"),
        (("vgg16", 4, "Adam"), "119,554,050 of 134,268,738 parameters learn (89%)"),
    ],
)
def test_the_note_says_what_is_saved(setting, words):
    assert words in explain_freezing(*setting)


def test_the_sum_over_all_parts_is_told():
    assert (
        draw_freezing("vgg16", 0, "SGD").get_label().startswith("Memory of vgg16 with SGD: 1.1 GB")
    )
    frozen = draw_freezing("vgg16", 5, "SGD").get_label()
    assert frozen.startswith("Memory of vgg16 with SGD: 604 MB. features[0:10]")


def test_sizes_are_short():
    written = [size(n) for n in (0, 999, 1_000, 2_600, 123_456, 2_500_000, 1_612_345_678)]
    assert written == ["0 B", "999 B", "1 kB", "2.6 kB", "123 kB", "2.5 MB", "1.6 GB"]


def test_controls_and_bundle(widget):
    assert widget.params == {
        "network": "small_resnet",
        "frozen": 4,
        "optimizer": "SGD with momentum",
    }
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Freeze depth: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 30_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws(widget):
    before = widget._picture.value
    widget._controls["frozen"].value = 3
    assert widget._picture.value != before
    assert widget.message.startswith("406,530 of 667,290 parameters learn (61%)")
    widget.set(network="vgg16", frozen=7)
    assert widget.message.startswith("✗ All 7 parts")
    with pytest.raises(ValueError, match="frozen cannot be 8; use 0 … 7"):
        widget.set(frozen=8)
