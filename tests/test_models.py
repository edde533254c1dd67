import io

import pytest
import torch
import torchvision
from torch import nn

from course_utils import models as m


@pytest.mark.parametrize(
    ("build", "parameters"), [(m.classic_cifar10, 145_578), (m.improved_cifar10, 145_834)]
)
@pytest.mark.parametrize("batch", [1, 3])
def test_networks_for_cifar10(build, parameters, batch):
    model = build()
    assert m.count_parameters(model) == parameters
    assert model(torch.randn(batch, 3, 32, 32)).shape == (batch, 10)


def test_the_classic_network_has_no_activation():
    kinds = [type(layer).__name__ for layer in m.classic_cifar10().layers]
    assert kinds == ["Conv2d", "MaxPool2d"] * 3 + ["Flatten", "Linear", "Linear"]
    assert [type(layer).__name__ for layer in m.improved_cifar10().layers].count("ReLU") == 4


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((3, 32, 32), r"has no batch dimension; use images.unsqueeze\(0\)"),
        ((2, 3, 28, 28), r"\(2, 3, 28, 28\) do not fit .* resize them to 32×32"),
        ((2, 1, 32, 32), r"\(2, 1, 32, 32\) do not fit .* use 3 channels"),
    ],
)
def test_wrong_images_are_named(shape, message):
    with pytest.raises(ValueError, match=message):
        m.classic_cifar10()(torch.zeros(shape))


def test_resnet_and_unet_shapes():
    assert m.small_resnet(width=8)(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert m.small_resnet(4, width=8)(torch.randn(2, 3, 20, 28)).shape == (2, 4)
    assert m.TinyUNet(width=4)(torch.randn(2, 3, 16, 24)).shape == (2, 1, 16, 24)
    with pytest.raises(ValueError, match="18×24 cannot be halved twice"):
        m.TinyUNet()(torch.zeros(1, 3, 18, 24))


def test_frozen_part_stays_frozen_in_training():
    model = m.improved_cifar10()
    body = m.freeze(model.layers[:-1])
    m.train_mode(model)
    before = {name: value.clone() for name, value in body.state_dict().items()}
    model(torch.randn(4, 3, 32, 32)).sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in body.state_dict().items())
    assert m.count_parameters(model, trainable=True) == 64 * 10 + 10


@pytest.mark.parametrize(
    ("model", "where"),
    [
        (m.small_resnet(width=6), "head"),
        (torchvision.models.resnet18(), "fc"),
        (torchvision.models.mobilenet_v2(), "classifier.1"),
    ],
    ids=["small", "resnet", "mobilenet"],
)
def test_replaced_head(model, where):
    features = model.get_submodule(where).in_features
    assert m.replace_head(model, 2) is model
    assert model.get_submodule(where).weight.shape == (2, features)


def test_no_head_is_named():
    with pytest.raises(ValueError, match=r"Conv2d has no nn.Linear"):
        m.replace_head(nn.Conv2d(3, 4, 1), 2)


def test_models_can_be_saved_and_exported():
    model = m.improved_cifar10().eval()
    torch.save(model.state_dict(), io.BytesIO())
    x = torch.randn(2, 3, 32, 32)
    exported = torch.export.export(model, (x,)).module()
    torch.testing.assert_close(exported(x), model(x))
