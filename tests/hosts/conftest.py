"""The wheel, built once, and the hosts into which it is installed."""

import json
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.hosts.host import Host, build, unpack


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def library(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(wheel, tmp_path_factory.mktemp("library"))


@pytest.fixture
def host(tmp_path: Path, library: Path) -> Host:
    return Host(tmp_path / "host", library)


@pytest.fixture(params=["sqlite", "postgresql"])
def on_each(request: pytest.FixtureRequest, host: Host) -> Host:
    """The host on a database of each kind."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        host.environment["HOST_POSTGRESQL"] = json.dumps(parts_of(server.create_database(f"host_{uuid.uuid4().hex}")))
    return host


def parts_of(url: str) -> dict[str, str | int]:
    """The Django settings for the address of a database."""
    parts = urlsplit(url)
    return {"NAME": parts.path[1:], "USER": parts.username, "HOST": parts.hostname, "PORT": parts.port}
