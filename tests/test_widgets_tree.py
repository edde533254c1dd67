import itertools

import pytest
import torch
from torch import nn

from course_utils import models
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


def test_a_long_tree_says_how_much_is_left_out(trees):
    assert len(shown(trees["small_resnet"], DEEPEST)) == MOST_ROWS
    texts = [
        text.get_text() for text in draw_tree(trees, network="small_resnet", depth=4).axes[0].texts
    ]
    left_out = len(trees["small_resnet"]) - MOST_ROWS
    assert f"… and {left_out} more" in texts


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
