"""A private Redis that saves nothing on disk: a restart loses everything, as with the worst broker."""

import redis

from tests.servers.binaries import find
from tests.servers.server import Server


class Redis(Server):
    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Delete every message and key without stopping."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def command(self) -> list[str]:
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        return [find("redis-server", "redis-server"), *place, "--save", "", "--appendonly", "no", "--daemonize", "no"]

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return self.pids[:1] == [client.info("server")["process_id"]]
        except redis.exceptions.ConnectionError:
            return False
