"""The secret key is created once, and only its owner may read it."""

import os
from concurrent.futures import ThreadPoolExecutor

from config.databases import from_url
from config.env import Environment
from config.secret_key import kept_in


def test_the_key_is_made_once(tmp_path):
    path = tmp_path / "secret_key"
    assert kept_in(path) == kept_in(path) == path.read_text()
    assert len(path.read_text()) >= 50


def test_only_its_owner_may_read_it(tmp_path):
    kept_in(tmp_path / "secret_key")
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_starters_at_the_same_time_agree_on_one_key(tmp_path):
    with ThreadPoolExecutor(8) as starters:
        assert len(set(starters.map(kept_in, [tmp_path / "secret_key"] * 32))) == 1


def test_a_new_sqlite_file_is_for_its_owner_alone(tmp_path):
    """The payloads of runs are in the file, in clear."""
    before = os.umask(0o022)
    try:
        from_url(Environment({"DATABASE_URL": f"sqlite:///{tmp_path}/runs.sqlite3"}), "DATABASE_URL", "")
    finally:
        os.umask(before)
    assert (tmp_path / "runs.sqlite3").stat().st_mode & 0o777 == 0o600
