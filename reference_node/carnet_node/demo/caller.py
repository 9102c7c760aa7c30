"""A client without a node: what somebody with keys can send by hand, and what comes back."""

import socket
import ssl
import tempfile
from pathlib import Path
from typing import Final, final

import grpc

from carnet.crypto.tls import SERVER_NAME, to_pem
from carnet.identity.keystore import Keystore
from carnet.rpc.v1.common_pb2 import Envelope
from carnet.rpc.v1.exchange_pb2_grpc import TransferServiceStub

HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 5.0


@final
class Caller:
    """Calls the node with *certificate* on *port* of loopback, with the TLS key and certificate of *keystore*."""

    def __init__(self, keystore: Keystore, *, port: int, certificate: bytes) -> None:
        self._keystore: Final = keystore
        self._port: Final = port
        self._certificate: Final = to_pem(certificate)

    def call(self, method: str, message: bytes) -> bytes | int | str:
        """Return what comes back: a message, the code of a refusal, or the name of a gRPC status."""
        credentials = grpc.ssl_channel_credentials(
            root_certificates=self._certificate,
            private_key=self._keystore.tls_key,
            certificate_chain=to_pem(self._keystore.tls_certificate),
        )
        options = (("grpc.ssl_target_name_override", SERVER_NAME), ("grpc.use_local_subchannel_pool", 1))
        with grpc.secure_channel(f"{HOST}:{self._port}", credentials, options=options) as channel:
            try:
                outcome = getattr(TransferServiceStub(channel), method)(Envelope(message=message), timeout=PATIENCE_S)
            except grpc.RpcError as error:
                return str(error.code().name)
        return outcome.message if outcome.WhichOneof("outcome") == "message" else int(outcome.rejection.code)

    def shake_hands(self) -> str | None:
        """Return None if the handshake succeeds and the server speaks, or why it does not, in the words of TLS."""
        context = ssl.create_default_context(cadata=self._certificate.decode())
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["h2"])
        with tempfile.TemporaryDirectory() as folder:
            chain = Path(folder) / "chain.pem"
            chain.touch(mode=0o600)
            chain.write_bytes(self._keystore.tls_key + to_pem(self._keystore.tls_certificate))
            context.load_cert_chain(chain)
        try:
            with (
                socket.create_connection((HOST, self._port), timeout=PATIENCE_S) as line,
                context.wrap_socket(line, server_hostname=SERVER_NAME) as secure,
            ):
                # In TLS 1.3 the client is done before the server has judged its certificate: the alert comes first.
                return None if secure.recv(9) else "closed"
        except ssl.SSLError as error:
            return (error.reason or "refused").lower().replace("_", " ")
        except ConnectionError:
            return "connection reset"
