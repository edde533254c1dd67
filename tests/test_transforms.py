import numpy as np
import pytest
import torch
from PIL import Image

from course_utils import transforms as t

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))


def test_to_tensor_scales_and_moves_channels_first():
    x = t.to_tensor()(PICTURE)
    assert (x.shape, x.dtype) == ((3, 32, 32), torch.float32)
    assert type(x) is torch.Tensor
    torch.testing.assert_close(x, torch.from_numpy(np.array(PICTURE)).permute(2, 0, 1) / 255)


def test_denormalize_undoes_evaluation():
    for mean, std in ((t.CIFAR10_MEAN, t.CIFAR10_STD), (t.IMAGENET_MEAN, t.IMAGENET_STD)):
        x = t.for_evaluation(mean=mean, std=std)(PICTURE)
        expected = t.to_tensor()(PICTURE)
        torch.testing.assert_close(t.denormalize(x, mean=mean, std=std), expected)
        torch.testing.assert_close(t.denormalize(x[None], mean=mean, std=std)[0], expected)


def test_training_is_random_and_evaluation_is_not():
    torch.manual_seed(0)
    augmented = [t.for_training(crop_padding=4)(PICTURE) for _ in range(4)]
    assert not torch.equal(augmented[0], augmented[1])
    assert all(x.shape == (3, 32, 32) for x in augmented)
    plain = t.for_training(crop_padding=0, flip=False)(PICTURE)
    assert torch.equal(plain, t.for_evaluation()(PICTURE))


def test_wrong_channels_are_named():
    with pytest.raises(ValueError, match=r"\(1, 32, 32\) do not have 3 channels"):
        t.denormalize(torch.zeros(1, 32, 32))
