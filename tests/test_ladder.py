import pytest
import torch

from course_utils import ladder as l


def test_every_rung_is_measured_in_every_round(monkeypatch):
    seen = []

    def pretended(name, device, images, batch_size, data):
        return lambda: seen.append(name)

    monkeypatch.setattr(l, "_epoch", pretended)
    found = l.measure_ladder("cpu", images=300, batch_size=128, rounds=2)
    assert seen == list(l.RUNGS[:-1]) * 3, "one round to warm up, then two"
    assert list(found.images_per_second) == list(l.RUNGS[:-1])
    assert all(len(rates) == 2 for rates in found.images_per_second.values())
    assert "compiled" in l.rungs_on(torch.device("cuda"))


def test_a_real_ladder_on_few_pictures():
    found = l.measure_ladder("cpu", images=40, batch_size=16, rounds=1, data="sample")
    assert all(rate > 0 for rate in found.median.values())
    assert torch.__version__ in found.versions


def test_each_rung_has_what_stands_below_it(monkeypatch):
    calls = []
    monkeypatch.setattr(
        l, "train_one_epoch", lambda model, loader, *_, **settings: calls.append((loader, settings))
    )
    for name in l.RUNGS[:-1]:
        l._epoch(name, torch.device("cpu"), 40, 16, "sample")()
    assert [type(loader).__name__ for loader, _ in calls] == ["DataLoader"] + 3 * ["FastLoader"]
    assert [settings["memory_format"] for _, settings in calls] == [
        torch.contiguous_format,
        torch.contiguous_format,
        torch.channels_last,
        torch.channels_last,
    ]
    assert [settings["precision"] for _, settings in calls] == ["fp32"] * 3 + ["bf16"]
    assert all(len(loader) == 2 for loader, _ in calls), "the rest of 8 pictures is dropped"


@pytest.mark.parametrize("settings", [{"images": 100}, {"rounds": 0}])
def test_nothing_to_measure_is_refused(settings):
    with pytest.raises(ValueError, match="at least one full batch and one round"):
        l.measure_ladder("cpu", **({"images": 200, "batch_size": 128} | settings))


def test_recorded_ladders_come_back(tmp_path):
    path = tmp_path / "ladders.json"
    assert l.load_ladders(path) == []
    ladders = [
        l.Ladder("a", "torch 2", {"DataLoader": [1.0, 3.0, 2.0]}),
        l.Ladder("b é", "torch 3", {"bf16": [5.0]}),
    ]
    l.save_ladders(ladders, path)
    assert l.load_ladders(path) == ladders
    assert ladders[0].median == {"DataLoader": 2.0}


def test_what_is_recorded_is_a_ladder_of_several_rounds():
    recorded = l.load_ladders()
    assert recorded
    assert len({ladder.device for ladder in recorded}) == len(recorded)
    for ladder in recorded:
        assert list(ladder.median) == list(l.RUNGS[: len(ladder.median)])
        assert min(len(rates) for rates in ladder.images_per_second.values()) >= 5
        assert ladder.median["channels_last"] > ladder.median["in memory"]
