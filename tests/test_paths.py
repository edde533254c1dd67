from pathlib import Path

import platformdirs
import pytest

from course_utils import paths


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A made-up repository root; no COURSE_* folder is set."""
    monkeypatch.delenv("COURSE_DATA_DIR", raising=False)
    monkeypatch.delenv("COURSE_STATE_DIR", raising=False)
    monkeypatch.setattr(paths, "REPO_ROOT", tmp_path / "the course é")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda app, **_: str(tmp_path / "cache"))
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda app, **_: str(tmp_path / "user"))
    (tmp_path / "the course é").mkdir()
    return tmp_path / "the course é"


def test_the_real_repository_is_found():
    assert (paths.REPO_ROOT / "pyproject.toml").is_file()
    assert paths.MANIFEST.is_file()
    assert paths.NOTEBOOKS.is_dir()


def test_data_dir_is_data_of_the_repository(repository):
    assert paths.data_dir() == repository / "data"
    assert paths.data_places() == [repository / "data"]


@pytest.mark.parametrize("chosen", ["elsewhere", " elsewhere "])
def test_a_relative_data_dir_counts_from_the_repository(repository, monkeypatch, chosen):
    monkeypatch.setenv("COURSE_DATA_DIR", chosen)
    monkeypatch.chdir(repository.parent)
    assert paths.data_dir() == repository / "elsewhere"
    assert paths.data_places() == [repository / "elsewhere"]


def test_an_absolute_data_dir_and_home_are_taken_as_they_are(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "big disk"))
    assert paths.data_dir() == tmp_path / "big disk"
    monkeypatch.setenv("COURSE_DATA_DIR", "~/pictures")
    assert paths.data_dir() == (Path.home() / "pictures").resolve()


def test_an_empty_data_dir_counts_as_unset(repository, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", "")
    assert paths.data_dir() == repository / "data"


def test_where_the_repository_cannot_be_written_the_cache_is_used(repository, tmp_path):
    (repository / "data").write_text("a file where the folder should be", encoding="utf-8")
    assert paths.data_dir() == tmp_path / "cache"
    assert paths.data_places() == [tmp_path / "cache", repository / "data"]


def test_state_dir_is_the_users_own_or_the_chosen_one(repository, monkeypatch, tmp_path):
    assert paths.state_dir() == tmp_path / "user"
    monkeypatch.setenv("COURSE_STATE_DIR", "progress")
    monkeypatch.chdir(tmp_path)
    assert paths.state_dir() == repository / "progress"


def test_is_writable_tries_it_and_leaves_nothing(tmp_path):
    assert paths.is_writable(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").touch()
    assert not paths.is_writable(tmp_path / "file" / "below")
