"""For the tests of a service that hears events of a saga: they write down which payload the service needs.

The publisher compares this file with its saga: ``manage.py sagaflow asyncapi NAME --expected FILE``. The service needs
neither Django nor a database for it.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sagaflow.core.contracts.expectations import FORMAT, expected
from sagaflow.core.errors import InvalidPayload
from sagaflow.core.json_value import Json
from sagaflow.core.payload import canonical, checked

__all__ = ["expects_event"]

RUN = "00000000-0000-4000-8000-000000000001"


@contextmanager
def expects_event(event: str, data: Json, *, saga: str, consumer: str, file: str | Path) -> Iterator[dict[str, Any]]:
    """Give the block an event with this payload; if the block passes, add the payload to the expectations.

    The tests of a service share one file, also if they run at the same time. Delete it before they run, to forget what
    is not expected any more.

    Args:
        event: the name of the event, such as ``PaymentTaken``.
        data: the smallest payload with which the service can work, as JSON values.
        saga: the name of the saga that publishes it.
        consumer: the name of the service, for those who read the file.
        file: the path of the file; it is made if it is missing.

    Yields:
        The whole CloudEvent, as a broker or a webhook delivers it.

    Raises:
        InvalidPayload: ``data`` is not JSON, or the file is another one.
    """
    example = canonical(checked(data))  # as a text, which the block cannot change
    yield {
        "specversion": "1.0",
        "id": f"{RUN}:1",
        "source": f"/sagaflow/{saga}",
        "type": event,
        "subject": RUN,
        "time": "2026-01-01T00:00:00.000+00:00",
        "correlationid": RUN,
        "causationid": f"{RUN}:1",
        "datacontenttype": "application/json",
        "data": json.loads(example),
    }
    with Path(file).open("a+", encoding="utf-8") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        _add(opened, example, saga, event, consumer)


def _add(file: IO[str], example: str, saga: str, event: str, consumer: str) -> None:
    document = _read(file, saga, consumer)
    needed = document["sagas"].setdefault(saga, {}).setdefault(event, {"examples": []})
    if "schema" in needed:
        raise InvalidPayload(f"{file.name} has a schema of '{event}'. Remove it, or do not expect the event in a test.")
    examples = {canonical(each) for each in needed["examples"]} | {example}
    needed["examples"] = [json.loads(each) for each in sorted(examples)]  # in any order of the tests the same
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    file.seek(0)
    file.truncate()
    file.write(f"{text}\n")


def _read(file: IO[str], saga: str, consumer: str) -> dict[str, Any]:
    file.seek(0)
    text = file.read()
    if not text.strip():
        return {"format": FORMAT, "consumer": consumer, "sagas": {}}
    try:
        document: dict[str, Any] = json.loads(text)
        expected(document, saga)
    except (ValueError, InvalidPayload) as error:
        raise InvalidPayload(f"{file.name} cannot be read: {error} Delete it, or name another file.") from error
    if document.get("consumer") != consumer:
        raise InvalidPayload(f"{file.name} has the expectations of '{document.get('consumer')}'. Name another file.")
    return document
