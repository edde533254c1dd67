import io
import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from course_utils import models
from course_utils._figures import to_png
from course_utils.widgets import module_tree
from course_utils.widgets.tree import DEEPEST, MOST_ROWS, draw_tree, explain_tree, grow, shown

NETWORKS = ("classic_cifar10", "improved_cifar10", "small_resnet")


@pytest.fixture(scope="module")
def trees():
    return {name: grow(getattr(models, name)(), (3, 32, 32)) for name in NETWORKS}


@pytest.mark.parametrize("name", NETWORKS)
def test_counts_and_shapes_are_those_of_pytorch(name, trees):
    network = getattr(models, name)().eval()
    tree = trees[name]
    assert len(tree) == len(list(network.modules()))
    assert tree[0].parameters == sum(p.numel() for p in network.parameters())
    assert tree[0].buffers == sum(b.numel() for b in network.buffers())
    assert tree[0].shape == (10,) == tuple(network(torch.zeros(1, 3, 32, 32)).shape[1:])
    leaves = [branch for branch in tree if not branch.children]
    assert sum(branch.parameters for branch in leaves) == tree[0].parameters


def test_networks_stay_as_they_are():
    network = models.improved_cifar10().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    module_tree(network)
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_every_setting_gives_a_picture_of_one_size(trees):
    sizes, labels = set(), set()
    for network, depth in itertools.product(NETWORKS, (0, DEEPEST)):
        figure = draw_tree(trees, network=network, depth=depth)
        sizes.add(tuple(figure.get_size_inches()))
        labels.add(figure.get_label())
        assert explain_tree(trees, network=network, depth=depth)
    assert len(sizes) == 1
    assert len(labels) == len(NETWORKS) * 2


def words_of(figure):
    return [text for artist in figure.artists for _, text, *_ in getattr(artist, "texts", [])]


def test_a_long_tree_folds_what_has_few_parameters(trees):
    tree = trees["small_resnet"]
    rows = shown(tree, DEEPEST)
    assert len(rows) == MOST_ROWS
    seen = [branch for branch, _ in rows]
    assert all(branch in seen for branch in tree if branch.depth == 1)
    leaves = [branch for branch in tree if not branch.children]
    assert max(leaves, key=lambda branch: branch.parameters) in seen
    assert [branch.kind for branch, folded in rows if folded] == ["Sequential"] * 3
    texts = words_of(draw_tree(trees, network="small_resnet", depth=DEEPEST))
    assert f"… and {len(tree) - MOST_ROWS} more, with fewer parameters" in texts
    assert "    stage1  Sequential …" in texts


def test_a_tree_that_has_room_is_shown_down_to_the_depth(trees):
    for name, depth in (("classic_cifar10", DEEPEST), ("small_resnet", 1), ("small_resnet", 0)):
        rows = shown(trees[name], depth)
        assert [branch for branch, _ in rows] == [b for b in trees[name] if b.depth <= depth]
        assert all(folded == bool(b.children) for b, folded in rows if b.depth == depth)
        assert not any(
            "more, with" in text for text in words_of(draw_tree(trees, network=name, depth=depth))
        )


def test_a_wide_network_shows_its_largest_children():
    wide = grow(nn.Sequential(*[nn.ReLU() for _ in range(40)], nn.Linear(4, 4)), (4,))
    rows = [branch for branch, _ in shown(wide, 1)]
    assert len(rows) == MOST_ROWS
    assert rows[0].depth == 0
    assert rows[-1].kind == "Linear"


def test_long_names_are_cut():
    network = nn.Sequential()
    network.add_module("a_name" * 20, nn.ReLU())
    texts = words_of(draw_tree({"long": grow(network, (4,))}, network="long", depth=1))
    assert max(map(len, texts)) < 50


def test_small_shares_can_be_seen(trees):
    figure = draw_tree(trees, network="classic_cifar10", depth=2)
    (bars,) = [artist for artist in figure.artists if hasattr(artist, "get_segments")]
    lengths = [end[0] - start[0] for start, end in bars.get_segments()]
    assert len(lengths) == 7  # the network, its layers, and five that have parameters
    assert min(lengths) * figure.bbox.width >= 1
    assert lengths[0] == pytest.approx(max(lengths))


def test_the_words_reach_the_picture(trees):
    def ink(network, scale):
        figure = draw_tree(trees, network=network, depth=2)
        with Image.open(io.BytesIO(to_png(figure, scale=scale, compact=False))) as picture:
            return np.asarray(picture.convert("L"))[:, : picture.width // 2] < 128

    for scale in (1.0, 1.5):
        few, many = (ink(name, scale).mean() for name in ("classic_cifar10", "small_resnet"))
        assert 0.005 < few < many < 0.1


def test_says_where_the_parameters_are(trees):
    text = explain_tree(trees, network="classic_cifar10", depth=0)
    assert "11 modules, 9 of them without children; 145,578 parameters" in text
    assert "The Linear with the most has 65,600 of them, 45%" in text
    assert explain_tree({"none": grow(nn.ReLU(), (3, 8, 8))}, network="none", depth=0).endswith(
        "0 parameters and 0 numbers in buffers."
    )


def test_own_network_and_widget():
    widget = module_tree(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), image_shape=(1, 8, 8))
    widget.set(depth=0)
    assert "20 parameters" in widget.message
    assert repr(widget) == "<Module tree: run this cell to start>"


def test_a_network_that_cannot_take_the_picture_is_refused():
    with pytest.raises(
        ValueError, match=r"Linear cannot take a batch of \(3, 32, 32\): .*multiplied"
    ):
        module_tree(nn.Linear(10, 2))


def test_a_module_that_is_never_called_is_shown():
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = nn.Flatten(), nn.Linear(2, 2)

        def forward(self, x):
            return self.used(x)

    tree = grow(Spare(), (1, 2, 2))
    assert [branch.shape for branch in tree] == [(4,), (4,), None]
    assert draw_tree({"spare": tree}, network="spare", depth=2)
