"""Support package of the course: everything a notebook imports, one idea a module.

``get_device`` and ``set_seed`` are looked up on first use, so that modules without PyTorch
(``course_utils.download``, say) start at once.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .device import get_device, set_seed

__all__ = ["get_device", "set_seed"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import device

        return getattr(device, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
