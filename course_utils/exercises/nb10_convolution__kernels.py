"""Exercises of notebook 10, fifth part: a kernel by thought, and how far an output sees."""

import torch
from torch import nn
from torch.nn import functional as F

from ._define import Finding, Mistake, collect, exercise


def _moved(answer, picture):
    """What the learner's kernel makes of a picture with a single 1: the kernel, turned."""
    try:
        kernel = torch.as_tensor(answer).to(torch.float32)
    except (TypeError, ValueError, RuntimeError) as error:
        raise Finding("answer is a tensor of 3 × 3 numbers") from error
    if kernel.ndim == 4 and kernel.shape[:2] == (1, 1):
        kernel = kernel[0, 0]
    if kernel.shape != (3, 3):
        raise Finding(f"a kernel of shape (3, 3) is wanted, not {tuple(kernel.shape)}")
    return F.conv2d(picture[None, None], kernel[None, None], padding=1)[0, 0]


def _one_at(row, column, value=1.0):
    kernel = torch.zeros(3, 3)
    kernel[row, column] = value
    return kernel


@exercise(
    value=True,
    observe=_moved,
    cases=[{"picture": _one_at(1, 1)}],
    praise="a single 1, at the place that the output looks at",
    hints=[
        "An output pixel lies under the middle of the kernel. Which number of the kernel lies on "
        "its right neighbour?",
        "All numbers are 0 but one: kernel = torch.zeros(3, 3), then kernel[row, column] = 1.",
    ],
    mistakes=[
        Mistake(
            "that moves the picture to the right: the output reads its left neighbour",
            like=_one_at(1, 0),
        ),
        Mistake(
            "that leaves the picture where it is: the middle is the pixel itself",
            like=_one_at(1, 1),
        ),
        Mistake("that moves it up: kernel[row, column] has the row first", like=_one_at(2, 1)),
        Mistake("that moves it down: kernel[row, column] has the row first", like=_one_at(0, 1)),
        Mistake("that moves it to the left and up: the row in the middle is 1", like=_one_at(2, 2)),
        Mistake(
            "that moves it to the left and down: the row in the middle is 1", like=_one_at(0, 2)
        ),
        Mistake(
            "that takes the difference to the right neighbour; the pixel itself must not count",
            like=_one_at(1, 2) - _one_at(1, 1),
        ),
        Mistake("that moves it to the right and down", like=_one_at(0, 0)),
        Mistake("that moves it to the right and up", like=_one_at(2, 0)),
        Mistake(
            "a kernel of zeros gives a black picture: one of its numbers is 1",
            when=lambda case, got, expected: not got.any(),
        ),
        Mistake(
            "the one number must be 1: any other changes the brightness",
            when=lambda case, got, expected: got.count_nonzero() == 1,
        ),
        Mistake(
            "this adds up several pixels: exactly one number of the kernel is 1",
            when=lambda case, got, expected: got.count_nonzero() > 1,
        ),
    ],
)
def shift_kernel():
    """Return the 3 × 3 kernel that moves a picture one pixel to the left."""
    kernel = torch.zeros(3, 3)
    kernel[1, 2] = 1
    return kernel


def _by_gradient(layers):
    """Count the input pixels that can change one output, by PyTorch's own gradient."""
    net = nn.Sequential(*(nn.Conv1d(1, 1, k, stride=s, bias=False) for k, s in layers))
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    size = 1
    for kernel_size, stride in reversed(layers):
        size = (size - 1) * stride + kernel_size
    row = torch.ones(1, 1, size, requires_grad=True)
    net(row).sum().backward()
    touched = row.grad[0, 0].nonzero()[:, 0]
    return int(touched.max() - touched.min()) + 1


def _walk(layers, *, late=True, start=1, whole=False):
    seen, step = start, 1
    for kernel_size, stride in layers:
        if not late:
            step *= stride
        seen += (kernel_size - (not whole)) * step
        if late:
            step *= stride
    return seen


def _only_one_before(layers):
    strides = [1, *(stride for _, stride in layers)]
    return 1 + sum((k - 1) * step for (k, _), step in zip(layers, strides, strict=False))


@exercise(
    oracle=_by_gradient,
    cases=lambda rng: {
        "layers": [
            (rng.choice([1, 2, 3, 3, 5, 7]), rng.choice([1, 1, 2, 3]))
            for _ in range(rng.randint(1, 4))
        ]
    },
    hints=[
        "Start with seen = 1 and step = 1.",
        "A kernel of k adds k - 1 steps to what is seen: seen += (kernel_size - 1) * step.",
        "Only then step *= stride: the stride counts for the layers behind.",
    ],
    mistakes=[
        Mistake(
            "the stride of a layer counts for the layers *behind* it: multiply step after adding",
            like=lambda layers: _walk(layers, late=False),
        ),
        Mistake(
            "a stride makes one step behind it worth more input pixels: multiply by step",
            like=lambda layers: 1 + sum(kernel_size - 1 for kernel_size, _ in layers),
        ),
        Mistake(
            "a kernel of k adds k - 1, not k: its first pixel has been seen already",
            like=lambda layers: _walk(layers, whole=True),
        ),
        Mistake(
            "a kernel of k adds k - 1, not k: its first pixel has been seen already",
            like=lambda layers: _walk(layers, whole=True, start=0),
        ),
        Mistake(
            "one output sees itself before any layer: start at 1",
            like=lambda layers: _walk(layers, start=0),
        ),
        Mistake("that is the last layer alone", like=lambda layers: layers[-1][0]),
        Mistake(
            "that is right for the layers in the opposite order (one rule goes from the last layer "
            "to the first; from the first one on, keep the step)",
            like=lambda layers: _walk(layers[::-1]),
        ),
        Mistake(
            "the strides of *all* layers before count: step *= stride, not step = stride",
            like=_only_one_before,
        ),
        Mistake(
            "not its own stride: what one step is worth, by the strides of the layers before",
            like=lambda layers: 1 + sum((k - 1) * stride for k, stride in layers),
        ),
        Mistake(
            "kernels overlap: each adds k - 1 steps, and a step may be worth several pixels",
            like=lambda layers: sum(k for k, _ in layers),
        ),
        Mistake("one side is wanted, not the area", like=lambda layers: _walk(layers) ** 2),
    ],
)
def field_of_view(layers):
    """Return the receptive field of a list of (kernel_size, stride), first layer first."""
    seen, step = 1, 1
    for kernel_size, stride in layers:
        seen += (kernel_size - 1) * step
        step *= stride
    return seen


EXERCISES = collect(vars())
