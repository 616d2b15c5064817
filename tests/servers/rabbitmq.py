"""A private RabbitMQ node with its own name, cookie and port mapper (epmd), so that it meets no other node."""

import re
import shutil
import subprocess

import pika
from pika.exceptions import AMQPError

from tests.servers.binaries import find
from tests.servers.ports import free_port
from tests.servers.server import Server

PACKAGE = "rabbitmq-server"
BIN = "/usr/lib/rabbitmq/bin"  # the scripts themselves, because those on PATH change the user
ERLANG = "/usr/lib/erlang/bin"
QUEUES = "[binary_to_list(Name) || {resource, _, queue, Name} <- rabbit_amqqueue:list_names()]"


class RabbitMQ(Server):
    name = "rabbitmq"
    user = "rabbitmq"

    def __init__(self) -> None:
        super().__init__()
        self._mapper_port, self._distribution_port = free_port(), free_port()
        self._mapper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    @property
    def _node(self) -> str:
        return f"sagaflow{self.port}@localhost"

    def save_queues(self) -> None:
        """Write the declarations of queues to disk, which the broker does some time after it confirmed them."""
        self._asked("mnesia:sync_log()")

    def flush(self) -> None:
        """Empty every queue. Messages that a consumer already holds are not in a queue."""
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            channel = connection.channel()
            for queue in self._queues():
                channel.queue_purge(queue)

    def prepare(self) -> None:
        (self.folder / "plugins").write_text("[].\n")
        if self._mapper is None:
            self._mapper = self.spawn([find("epmd", PACKAGE, ERLANG), "-port", str(self._mapper_port)])

    def stop(self) -> None:
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait(timeout=10)
            self._mapper = None
        super().stop()

    def command(self) -> list[str]:
        return [self._script("rabbitmq-server")]

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
        }

    def answers(self) -> bool:
        try:
            pika.BlockingConnection(pika.URLParameters(f"{self.url}?socket_timeout=5")).close()
        except (AMQPError, OSError):
            return False
        return True

    def _queues(self) -> list[str]:
        return re.findall(r'"([^"]+)"', self._asked(QUEUES))

    def _asked(self, expression: str) -> str:
        """Evaluate Erlang in the broker. `rabbitmqctl` does so too, but starts an Erlang machine for each question."""
        command = [find("erl_call", PACKAGE, ERLANG), "-r", "-sname", self._node, "-e"]
        options = {"env": self.environment(), "user": self.account, "cwd": self.folder, "timeout": 60}
        told = subprocess.run(command, input=f"{expression}.\n", capture_output=True, text=True, check=True, **options)
        if not told.stdout.startswith("{ok,"):
            raise RuntimeError(f"{self.name} did not evaluate {expression}: {told.stdout}{told.stderr}")
        return told.stdout

    def _script(self, name: str) -> str:
        return shutil.which(name, path=BIN) or find(name, PACKAGE)
