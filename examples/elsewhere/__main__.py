"""Watch a choreography that runs elsewhere: ``python -m examples.elsewhere [PORT]``.

It starts NATS, three services and a stream of new customers, and a site that hears their events. One customer in five
gets no loyalty account: the site says what is missing. Ctrl+C ends all of it.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from nats.errors import Error

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
SERVICES = {
    "loyalty": ("CustomerCreated", "LoyaltyAccountCreated", {"DELAY": "1", "SWALLOWS": "5"}),
    "post": ("CustomerCreated", "WelcomePackSent", {"DELAY": "2"}),
    "email": ("LoyaltyAccountCreated", "WelcomeEmailSent", {"DELAY": "1"}),
}
CUSTOMERS, PAUSE = 1000, 4


def main(port: str = "8000") -> None:
    server = shutil.which("nats-server")
    if server is None:
        sys.exit("The demo needs nats-server. Install it from your system's packages (Debian: nats-server).")
    with ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"nats://127.0.0.1:{free_port()}"
        os.environ |= {"NATS_URL": url, "SAGAFLOW_SOURCES": json.dumps({"crm": {"url": url, "topic": "crm.>"}})}
        stack.enter_context(started(server, "-js", "-sd", data, "-a", "127.0.0.1", "-p", url.rpartition(":")[2]))
        asyncio.run(stream())
        manage("migrate", "--no-input", "--verbosity", "0")
        manage("sagaflow", "import", str(FOLDER / "customer-welcome.yaml"), "--publish", "--by", "demo")
        for name, (hears, says, more) in SERVICES.items():
            stack.enter_context(started(sys.executable, str(FOLDER / "service.py"), name, hears, says, **more))
        stack.enter_context(started(sys.executable, str(FOLDER / "customers.py"), str(CUSTOMERS), str(PAUSE)))
        sys.stdout.write(f"The choreography: http://127.0.0.1:{port}/?saga=customer-welcome\n")
        sys.stdout.flush()
        manage("sagaflow", "up", "--port", port)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def stream() -> None:
    """Create the stream of the topic as soon as the broker answers."""
    sys.path.insert(0, str(FOLDER))
    from messages import STREAM, SUBJECTS, connected

    for _ in range(50):
        try:
            client = await connected()
            await client.jetstream().add_stream(name=STREAM, subjects=[SUBJECTS])
            return await client.close()
        except (Error, OSError):
            await asyncio.sleep(0.2)
    sys.exit("nats-server does not answer.")


@contextmanager
def started(*command: str, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def manage(*command: str) -> None:
    with suppress(KeyboardInterrupt):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)  # noqa: S603


if __name__ == "__main__":
    main(*sys.argv[1:])
