import pytest
import torch
from torch.nn import functional as F

from course_utils.metrics import WeightedMean, accuracy, confusion_matrix, dice, iou

GENERATOR = torch.Generator().manual_seed(0)


def _random_masks(*shape):
    return torch.rand(*shape, generator=GENERATOR) > 0.5


def test_weighted_mean_counts_images_not_batches():
    logits, labels = torch.randn(10, 3, generator=GENERATOR), torch.arange(10) % 3
    mean = WeightedMean()
    for part in (slice(0, 7), slice(7, 10)):
        mean.add(F.cross_entropy(logits[part], labels[part]), len(labels[part]))
    assert mean.value == pytest.approx(F.cross_entropy(logits, labels).item(), rel=1e-6)
    batch_means = [F.cross_entropy(logits[p], labels[p]) for p in (slice(0, 7), slice(7, 10))]
    assert mean.value != pytest.approx(float(sum(batch_means) / 2), rel=1e-3)


def test_weighted_mean_keeps_no_graph_and_refuses_emptiness():
    mean = WeightedMean()
    with pytest.raises(ValueError, match="0 images"):
        _ = mean.value
    mean.add(torch.tensor(2.0, requires_grad=True) * 3, 2)
    assert not mean.total.requires_grad
    assert mean.value == 6.0


def test_accuracy_is_a_fraction():
    logits = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 1.0]])
    assert accuracy(logits, torch.tensor([1, 0, 0, 0])) == 0.75


def test_confusion_matrix_rows_are_true_classes():
    matrix = confusion_matrix(torch.tensor([1, 1, 2]), torch.tensor([0, 1, 2]), 3)
    assert matrix.tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_overlap_of_masks_against_sets():
    a, b = _random_masks(4, 1, 5, 5), _random_masks(4, 1, 5, 5)
    for i in range(4):
        one, two = (
            set(a[i].flatten().nonzero()[:, 0].tolist()),
            set(b[i].flatten().nonzero()[:, 0].tolist()),
        )
        assert iou(a, b)[i].item() == pytest.approx(len(one & two) / len(one | two))
        assert dice(a.float(), b)[i].item() == pytest.approx(
            2 * len(one & two) / (len(one) + len(two))
        )
    empty = torch.zeros(2, 3, 3)
    assert iou(empty, empty).tolist() == dice(empty, empty).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy(torch.zeros(3), torch.zeros(3)), r"logits \(3,\)"),
        (lambda: accuracy(torch.zeros(0, 2), torch.zeros(0)), "N ≥ 1"),
        (lambda: iou(torch.zeros(2, 1, 4, 4), torch.zeros(2, 4, 4)), "must have one shape"),
        (
            lambda: confusion_matrix(torch.tensor([3]), torch.tensor([0]), 3),
            r"predicted holds classes 3 … 3; with num_classes=3",
        ),
        (
            lambda: confusion_matrix(torch.tensor([1]), torch.tensor([[0]]), 3),
            r"must both be \(N,\)",
        ),
    ],
)
def test_bad_input_names_the_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
