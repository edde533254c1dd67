"""Go on with smaller parts of a batch when the memory of the device is too small for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from torch import Tensor

Result = TypeVar("Result")


class Parts:
    """The number of parts that a batch is worked through in: 1, and doubled when memory is short.

    The parts of a batch give the gradient of the whole batch, but batch norm sees each part alone.
    """

    def __init__(self) -> None:
        self.number = 1

    def run(
        self,
        work: Callable[[Tensor, Tensor], Result],
        images: Tensor,
        labels: Tensor,
        *,
        start: Callable[[], object] = lambda: None,
    ) -> list[Result]:
        """Return ``work(images, labels)`` of each part; ``start()`` comes before each attempt.

        Raises:
            RuntimeError: PyTorch's own, if memory is too small for a single image, too.
        """
        while True:
            start()
            try:
                pairs = zip(images.chunk(self.number), labels.chunk(self.number), strict=True)
                return [work(*pair) for pair in pairs]
            except RuntimeError as error:
                if "out of memory" not in str(error).lower() or self.number >= len(images):
                    raise
            # Not within the except clause: the error keeps the tensors of the failed attempt alive.
            self.number *= 2
            size = -(-len(images) // self.number)
            print(
                f"Out of memory with {-(-len(images) // (self.number // 2))} images at once: going "
                f"on with {size} at once, {self.number} times a batch.\n"
                f"A batch_size of {size} or a smaller network saves this."
            )
