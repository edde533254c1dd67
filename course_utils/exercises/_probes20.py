"""A pretended device and a counter of waits for the exercises of notebook 20."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ._define import Finding

SAYING = 0.01  # seconds that it takes to hand over an order


class PretendedDevice:
    """Takes orders and carries them out later; it knows a clock of its own.

    An order lasts longer the more have been given, and the first of each kind by far the longest.
    Once another program disturbs.
    """

    def __init__(self, drift: float) -> None:
        self.now, self.ready, self.drift = 0.0, 0.0, drift
        self.given: list[str] = []
        self.asked = False

    def clock(self) -> float:
        """Return the seconds since the start."""
        self.asked = True
        return self.now

    def synchronize(self) -> None:
        """Let time pass until all orders are carried out."""
        self.now = max(self.now, self.ready)

    def order(self, name: str, seconds: float) -> Callable[[], None]:
        """Return a function that orders work of so many seconds."""

        def work() -> None:
            warm = name in self.given
            turn = len(self.given) // 2  # both orders of a round last as long, whichever is first
            self.given.append(name)
            self.now += SAYING
            disturbed = 5 * (turn == 2 and name == "old")
            lasts = (seconds + 20 * (not warm)) * (1 + self.drift * turn) + disturbed
            self.ready = max(self.now, self.ready) + lasts

        return work


class _Token:
    """As long as it lives, so does the graph that holds it."""


class _Marked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loss: Tensor, token: _Token) -> Tensor:
        ctx.token = token
        return loss.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


class Waits(TorchFunctionMode):
    """Counts what makes Python wait for a device: ``.item()``, ``float(…)`` and the like.

    A sum that was begun on the CPU is refused: adding to it in place fails on a GPU.
    """

    METHODS = frozenset({"item", "tolist", "numpy", "cpu", "is_nonzero", "equal", "allclose"})
    SPECIAL = frozenset({"float", "int", "bool", "index", "format", "repr", "array"})
    MAKERS = frozenset({"tensor", "zeros", "ones", "empty", "full"})

    def __init__(self) -> None:
        super().__init__()
        self.count, self.on_cpu = 0, []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name, kwargs = getattr(func, "__name__", ""), kwargs or {}
        special = name.startswith("__") and name.strip("_") in self.SPECIAL
        fetches = name == "to" and _fetches(*args, **kwargs)
        crosses = self._crosses(args, kwargs)
        written = name == "__setitem__" and crosses
        self.count += name in self.METHODS or special or fetches or written
        if name in ("__iadd__", "add_") and crosses:
            raise Finding(
                "the sum was begun on the CPU, and += fails there with a loss on a GPU; begin with "
                "total = 0.0, or give device=loss.device"
            )
        result = func(*args, **kwargs)
        if name in self.MAKERS and kwargs.get("device") in (None, "cpu"):
            self.on_cpu.append(result)
        elif name == "to":
            self.on_cpu = [made for made in self.on_cpu if made is not result]
        return result

    def _crosses(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Tell whether a tensor from elsewhere goes into one that was made on the CPU."""
        made = {id(tensor) for tensor in self.on_cpu}
        given = args[-1] if len(args) > 1 else kwargs.get("other")
        return (
            bool(args)
            and id(args[0]) in made
            and isinstance(given, Tensor)
            and id(given) not in made
        )


def _fetches(tensor: Tensor, *target: object, device: object = None, **_: object) -> bool:
    """Tell ``loss.to("cpu")`` from ``images.to(device)``, which is for the CPU too, here."""
    target = target[0] if target else device
    if isinstance(target, torch.device):
        return target.type == "cpu" and tensor.dim() == 0
    return target == "cpu"


class WatchedLoss:
    """A mean cross-entropy that knows how many of its graphs are alive."""

    def __init__(self) -> None:
        self.alive: weakref.WeakSet[_Token] = weakref.WeakSet()
        self.most = 0

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss of the batch."""
        token = _Token()
        self.alive.add(token)
        self.most = max(self.most, len(self.alive))
        return _Marked.apply(nn.functional.cross_entropy(logits, labels), token)


def epoch_of(attempt: Callable[..., Any], seed: int, sizes: list[int]) -> dict[str, Any]:
    """Return what an epoch did, how often it waited, and whether it kept old graphs."""
    generator = torch.Generator().manual_seed(seed)
    images = [torch.randn(size, 4, generator=generator) for size in sizes]
    batches = [(batch, batch[:, :3].argmax(dim=1)) for batch in images]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_fn, waits, in_loop = WatchedLoss(), Waits(), []

    def loader() -> Iterator[tuple[Tensor, Tensor]]:
        yield from batches
        in_loop.append(waits.count)

    with waits:
        mean = attempt(model, loss_fn, optimizer, _Sized(loader, len(batches)))
    return {
        "the mean loss": mean,
        "weights afterwards": model.weight.detach().clone(),
        "waits often": waits.count > 2 and ("in the loop" if in_loop != [0] else "behind the loop"),
        "keeps old graphs": loss_fn.most > 2,  # the one before is alive under its name
    }


class _Sized:
    """Iterates anew each time, and has a length, as a loader has."""

    def __init__(self, start: Callable[[], Iterator[Any]], length: int) -> None:
        self.start, self.length = start, length

    def __iter__(self) -> Iterator[Any]:
        return self.start()

    def __len__(self) -> int:
        return self.length
