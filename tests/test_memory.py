import pytest
import torch
from torch import nn

from course_utils._memory import Parts
from course_utils.epochs import predict, train_one_epoch


class Small(nn.Sequential):
    """A network on a device with room for ``room`` images."""

    def __init__(self, room):
        super().__init__(nn.Flatten(), nn.Linear(12, 5))
        self.room, self.sizes = room, []

    def forward(self, x):
        self.sizes.append(len(x))
        if len(x) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return super().forward(x)


def trained(room, batches):
    torch.manual_seed(0)
    model = Small(room).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    score = train_one_epoch(model, batches, nn.functional.cross_entropy, optimizer, device="cpu")
    return model, score


@pytest.fixture
def batches():
    generator = torch.Generator().manual_seed(1)
    return [
        (
            torch.randn(size, 3, 2, 2, generator=generator, dtype=torch.float64),
            torch.randint(5, (size,), generator=generator),
        )
        for size in (20, 20, 7)
    ]


def test_parts_of_a_batch_train_like_the_whole_batch(batches, capsys):
    whole, expected = trained(20, batches)
    assert capsys.readouterr().out == ""
    model, score = trained(6, batches)
    assert model.sizes == [20, 10, 5, 5, 5, 5, 5, 5, 5, 5, 2, 2, 2, 1]
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, rtol=1e-6, atol=1e-7)
    assert score.loss == pytest.approx(expected.loss)
    assert score.accuracy == expected.accuracy
    assert capsys.readouterr().out.splitlines() == [
        "Out of memory with 20 images at once: going on with 10 at once, 2 times a batch.",
        "A batch_size of 10 or a smaller network saves this.",
        "Out of memory with 10 images at once: going on with 5 at once, 4 times a batch.",
        "A batch_size of 5 or a smaller network saves this.",
    ]


def test_prediction_in_parts_keeps_the_order(batches, capsys):
    model, large = Small(6).double(), Small(20).double()
    large.load_state_dict(model.state_dict())
    logits, labels = predict(model, batches, device="cpu")
    expected = predict(large, batches, device="cpu")
    torch.testing.assert_close(logits, expected[0])
    assert torch.equal(labels, expected[1])
    assert "going on with 5 at once" in capsys.readouterr().out


def test_memory_that_is_too_small_for_one_image_is_said_by_pytorch(batches):
    with pytest.raises(torch.OutOfMemoryError, match="Tried to allocate"):
        trained(0, batches)


def test_another_error_is_not_taken_for_lack_of_memory():
    calls = []

    def work(images, labels):
        calls.append(len(images))
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        Parts().run(work, torch.zeros(4), torch.zeros(4))
    assert calls == [4]
