import pytest
import torch

from course_utils import budget


@pytest.mark.parametrize(
    ("chosen", "device", "expected"),
    [("quick", "cuda", 1), ("full", "cpu", 2), ("", "cpu", 1), ("", "cuda", 2)],
)
def test_budget(monkeypatch, chosen, device, expected):
    monkeypatch.setenv("COURSE_BUDGET", chosen)
    monkeypatch.setattr(budget, "get_device", lambda: torch.device(device))
    assert budget.by_budget(quick=1, full=2) == expected


def test_unknown_budget_is_named(monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "fast")
    with pytest.raises(ValueError, match="'fast' is unknown; use 'quick' or 'full'"):
        budget.by_budget(quick=1, full=2)
