import dataclasses

import pytest

from course_utils import ledger

ENTRY = ledger.Entry(
    recipe="classic",
    path="fit",
    epochs=2,
    device="1 CPU core(s)",
    precision="fp32",
    versions="torch",
    test_accuracy=[[0.3, 0.60], [0.3, 0.62], [0.3, 0.64]],
    seconds=[[5.0, 10.0], [5.0, 12.0], [5.0, 14.0]],
)


def test_band_is_three_standard_deviations_and_never_narrow():
    assert ENTRY.final == [0.60, 0.62, 0.64]
    assert ENTRY.band == pytest.approx((0.56, 0.68))
    alone = dataclasses.replace(ENTRY, test_accuracy=[[0.5]])
    assert alone.band == pytest.approx((0.485, 0.515))


def test_round_trip_table_and_lookup(tmp_path, monkeypatch):
    path = tmp_path / "ledger.json"
    assert ledger.load_ledger(path) == []
    ledger.save_ledger([ENTRY], path)
    assert ledger.load_ledger(path) == [ENTRY]
    assert ledger.table([ENTRY]).splitlines()[-1] == (
        "| classic | `fit`, fp32 | 50,000 real | 2 | 1 CPU core(s) | 62.0% ± 2.0 | 12 ± 2 | 3 |"
    )
    monkeypatch.setattr(ledger, "load_ledger", lambda: [ENTRY])
    assert ledger.find_entry("classic", data="real", images=50_000, epochs=2) is ENTRY
    with pytest.raises(LookupError, match="which has: 50,000 real × 2 epochs"):
        ledger.find_entry("classic", data="real", images=50_000, epochs=3)


def test_other_datasets_stand_apart(tmp_path):
    path = tmp_path / "ledger.json"
    other = dataclasses.replace(
        ENTRY,
        recipe="mobilenet_v2",
        path="frozen features",
        seconds=[[0.2], [0.2], [0.3]],
        dataset="ants_bees",
    )
    ledger.save_ledger([ENTRY, other], path)
    assert ledger.load_ledger(path) == [ENTRY]
    assert ledger.load_ledger(path, dataset="ants_bees") == [other]
    assert ledger.load_ledger(path, dataset=None) == [ENTRY, other]
    head, _, row = ledger.table([other], scored="validation").splitlines()
    assert "| validation accuracy |" in head
    assert row.startswith("| mobilenet_v2 | frozen features | 50,000 real |")
    assert "| 0.2 ± 0.1 | 3 |" in row


def test_readme_shows_the_ledger(tmp_path):
    readme = ledger.REPO_ROOT / "README.md"
    copy = tmp_path / "README.md"
    copy.write_text(readme.read_text(encoding="utf-8"), encoding="utf-8")
    ledger.update_readme(copy)
    assert copy.read_text(encoding="utf-8") == readme.read_text(encoding="utf-8"), (
        "run python -m course_utils.ledger"
    )
    assert "| improved | `fit`" in copy.read_text(encoding="utf-8")
