"""How long a notebook may take: a quick look on a CPU, the full run on a GPU."""

from __future__ import annotations

import os
from typing import TypeVar

from .device import get_device

T = TypeVar("T")


def by_budget(*, quick: T, full: T) -> T:
    """Return ``quick`` or ``full``, whichever ``COURSE_BUDGET`` names.

    Without it ``quick`` on a CPU (a minute for a notebook on two cores), else ``full``.

    Raises:
        ValueError: if ``COURSE_BUDGET`` is neither of the two.
    """
    default = "quick" if get_device().type == "cpu" else "full"
    budget = os.environ.get("COURSE_BUDGET", "").strip() or default
    if budget not in ("quick", "full"):
        raise ValueError(f"COURSE_BUDGET {budget!r} is unknown; use 'quick' or 'full'")
    return quick if budget == "quick" else full
