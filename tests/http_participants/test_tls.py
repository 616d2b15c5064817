"""HTTPS: the certificate must match the name, although the connection goes to an address."""

import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sagaflow.core.participant import TechnicalError
from sagaflow.participants import wire


def certificate(path, name):
    """Write a self-signed certificate for ``name`` with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form) + signed)
    return path


@pytest.fixture
def secured(participant, connection, tmp_path, monkeypatch):
    """The participant has the name shop.internal, speaks TLS, and records the name for which it was asked."""
    pem = certificate(tmp_path / "shop.pem", "shop.internal")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    asked = []
    server.sni_callback = lambda _, name, __: asked.append(name)
    participant.server.socket = server.wrap_socket(participant.server.socket, server_side=True)
    participant.server.handle_error = lambda *_: None
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **options: resolve("127.0.0.1", *more, **options))
    connection.scheme, connection.host = "https", "shop.internal"
    connection.save()
    participant.answers("/v1/charges", 200, {"charge": "C-1"})
    trusted = ssl.create_default_context(cafile=pem)
    monkeypatch.setattr(wire, "_trust", lambda: trusted)
    return asked


def test_the_name_is_asked_for_and_its_certificate_is_accepted(participant, secured, attempt):
    assert attempt() == {"charge": "C-1"}
    assert secured == ["shop.internal"]
    assert participant.requests[0].headers["host"] == f"shop.internal:{participant.port}"


def test_the_certificate_of_another_name_is_refused(participant, connection, secured, attempt):
    connection.host = "bank.internal"
    connection.save()
    with pytest.raises(TechnicalError) as caught:
        attempt()
    assert caught.value.code == "unreachable"
    assert participant.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(participant, secured, attempt, monkeypatch):
    monkeypatch.undo()
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **options: resolve("127.0.0.1", *more, **options))
    with pytest.raises(TechnicalError, match="certificate"):
        attempt()
    assert participant.requests == []
