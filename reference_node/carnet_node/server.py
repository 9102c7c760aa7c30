"""The way in: gRPC over mutual TLS 1.3, and the one place where an error becomes an answer.

Whoever calls is the member whose directory entry lists the SHA-256 of its certificate, and nobody else: a certificate
that another member's certificate has signed passes the handshake's trust at most, and is turned away here.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, NoReturn

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_health.v1.health import SERVICE_NAME as HEALTH_NAME
from grpc_reflection.v1alpha import reflection

from carnet.crypto.tls import pin, to_der, to_pem
from carnet.errors import PeerError, PolicyError
from carnet.params import MAX_OFFER
from carnet.rpc.v1 import bundle_pb2, bundle_pb2_grpc, exchange_pb2, exchange_pb2_grpc, log_pb2, log_pb2_grpc
from carnet.rpc.v1.common_pb2 import Envelope, Outcome, Rejection
from carnet_node.config import ServerConfig
from carnet_node.errors import ConfigError
from carnet_node.inbound import Inbound
from carnet_node.observe import logger
from carnet_node.party import Party
from carnet_node.ports import Checkpoints, Entries

LOG = logger("server")
_SLACK: Final = 1024  # what protobuf and a request's other fields add to a message
_STREAM_WINDOW: Final = 32

Context = Any  # grpc.aio.ServicerContext, whose stubs are incomplete
Answerer = Callable[[str], Awaitable[bytes]]


class Gate:
    """Lets members in, counts what each has under way, and turns errors into answers."""

    def __init__(self, party: Party, *, max_per_peer: int) -> None:
        self._party: Final = party
        self._most: Final = max_per_peer
        self._under_way: Counter[str] = Counter()

    async def answer(self, context: Context, method: str, answerer: Answerer, *, witnesses: bool = False) -> Outcome:
        """Return what *answerer* answers the member (or witness, if *witnesses*) that calls, or its refusal."""
        peer = await self.peer(context, witnesses=witnesses)
        if self._under_way[peer] >= self._most:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls at once")
        self._under_way[peer] += 1
        try:
            return await self._outcome(context, method, peer, answerer)
        finally:
            self._under_way[peer] -= 1
            if not self._under_way[peer]:
                del self._under_way[peer]

    async def _outcome(self, context: Context, method: str, peer: str, answerer: Answerer) -> Outcome:
        try:
            return Outcome(message=await answerer(peer))
        except PeerError as error:
            LOG.info("call.refused", method=method, peer=peer, check=error.check, detail=error.detail)
            return Outcome(rejection=Rejection(code=int(error.code)))
        except Exception as error:
            LOG.critical("call.failed", method=method, peer=peer, exc_info=error)
            await _abort(context, grpc.StatusCode.INTERNAL, "")

    async def peer(self, context: Context, *, witnesses: bool) -> str:
        """Return the member that calls; anybody else gets no further."""
        auth = context.auth_context()
        version = auth.get("ssl_tls_version", [b""])[0]
        certificate = auth.get("x509_pem_cert", [b""])[0]
        if version != b"TLSv1.3" or not certificate:
            await _abort(context, grpc.StatusCode.UNAUTHENTICATED, "mutual TLS 1.3 is needed")
        try:
            self._party.trust  # noqa: B018 - refuses everybody under an expired directory
            return self._party.network.caller(pin(to_der(certificate)), witnesses=witnesses)
        except PeerError as error:
            LOG.warning("peer.refused", check=error.check)
            await _abort(context, grpc.StatusCode.UNAUTHENTICATED, "not a member")


async def _abort(context: Context, code: grpc.StatusCode, detail: str) -> NoReturn:
    await context.abort(code, detail)
    raise AssertionError("abort() raises")


class Transfers(exchange_pb2_grpc.TransferServiceServicer):
    """TransferService."""

    def __init__(self, gate: Gate, inbound: Inbound) -> None:
        self._gate: Final = gate
        self._inbound: Final = inbound

    async def Offer(self, request: Envelope, context: Context) -> Outcome:  # noqa: N802 - gRPC's name
        """Answer an offer."""
        return await self._gate.answer(context, "Offer", lambda peer: self._inbound.offer(peer, request.message))

    async def Resume(self, request: exchange_pb2.ResumeRequest, context: Context) -> Outcome:  # noqa: N802
        """Answer with the latest reply."""
        return await self._gate.answer(
            context,
            "Resume",
            lambda peer: self._inbound.resume(peer, transfer_id=request.transfer_id, revision=request.revision),
        )

    async def Settle(self, request: Envelope, context: Context) -> Outcome:  # noqa: N802
        """Answer a settlement."""
        return await self._gate.answer(context, "Settle", lambda peer: self._inbound.settle(peer, request.message))

    async def Cancel(self, request: Envelope, context: Context) -> Outcome:  # noqa: N802
        """Answer a cancellation."""
        return await self._gate.answer(context, "Cancel", lambda peer: self._inbound.cancel(peer, request.message))

    async def OfferStream(  # noqa: N802
        self, request_iterator: AsyncIterator[Envelope], context: Context
    ) -> AsyncIterator[Outcome]:
        """Answer offers in their order; what is not read yet holds back what is taken in."""
        answers: asyncio.Queue[asyncio.Task[Outcome] | None] = asyncio.Queue(_STREAM_WINDOW)

        async def take() -> None:
            try:
                async for request in request_iterator:
                    await answers.put(asyncio.create_task(self.Offer(request, context)))
            finally:
                await answers.put(None)

        taking = asyncio.create_task(take())
        try:
            while (answer := await answers.get()) is not None:
                yield await answer
            await taking
        finally:
            taking.cancel()
            while not answers.empty():
                if (left := answers.get_nowait()) is not None:
                    left.cancel()


class BundleServer(bundle_pb2_grpc.BundleServiceServicer):
    """BundleService."""

    def __init__(self, gate: Gate, party: Party) -> None:
        self._gate: Final = gate
        self._party: Final = party

    async def GetBundle(self, _request: bundle_pb2.GetBundleRequest, context: Context) -> Outcome:  # noqa: N802
        """Answer with our newest bundle."""

        async def bundle(_peer: str) -> bytes:
            return self._party.keys.bundle

        return await self._gate.answer(context, "GetBundle", bundle, witnesses=True)


class LogServer(log_pb2_grpc.LogServiceServicer):
    """LogService; *checkpoints* is None where the node is no witness, *entries* where it has no log."""

    def __init__(self, gate: Gate, checkpoints: Checkpoints | None, entries: Entries | None) -> None:
        self._gate: Final = gate
        self._checkpoints: Final = checkpoints
        self._entries: Final = entries

    async def AddCheckpoint(self, request: Envelope, context: Context) -> Outcome:  # noqa: N802
        """Answer as a witness."""

        async def answer(peer: str) -> bytes:
            if self._checkpoints is None:
                raise PolicyError("witness.none")
            return await self._checkpoints.add_checkpoint(request.message, peer=peer)

        return await self._gate.answer(context, "AddCheckpoint", answer)

    async def Prove(self, request: Envelope, context: Context) -> Outcome:  # noqa: N802
        """Answer where entries are in our log."""

        async def answer(_peer: str) -> bytes:
            if self._entries is None:
                raise PolicyError("inclusion.none")
            return await self._entries.prove(request.message)

        return await self._gate.answer(context, "Prove", answer)


class Server:
    """The node's gRPC server; *port* is known once it has started."""

    def __init__(
        self,
        party: Party,
        *,
        inbound: Inbound | None,
        checkpoints: Checkpoints | None,
        entries: Entries | None,
        config: ServerConfig,
    ) -> None:
        self._party: Final = party
        self._config: Final = config
        self.port = 0
        self._started = False
        gate = Gate(party, max_per_peer=config.max_per_peer)
        self._server: Final = aio.server(
            maximum_concurrent_rpcs=config.max_concurrent,
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", MAX_OFFER + _SLACK),
                ("grpc.max_send_message_length", MAX_OFFER + _SLACK),
                ("grpc.max_connection_age_ms", config.connection_age_s * 1000),
                ("grpc.max_connection_age_grace_ms", 30_000),
                ("grpc.max_concurrent_streams", config.max_per_peer),
                ("grpc.max_metadata_size", 8192),
            ],
        )
        names = [HEALTH_NAME, reflection.SERVICE_NAME]
        if inbound is not None:
            exchange_pb2_grpc.add_TransferServiceServicer_to_server(Transfers(gate, inbound), self._server)
            bundle_pb2_grpc.add_BundleServiceServicer_to_server(BundleServer(gate, party), self._server)
            names += [each.DESCRIPTOR.services_by_name[name].full_name for each, name in _EXCHANGE]
        log_pb2_grpc.add_LogServiceServicer_to_server(LogServer(gate, checkpoints, entries), self._server)
        names.append(log_pb2.DESCRIPTOR.services_by_name["LogService"].full_name)
        self._health: Final = HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)  # type: ignore[no-untyped-call]  # no stubs
        reflection.enable_server_reflection(names, self._server)

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: The port is in use, or the address is none of ours.
        """
        first = self._certificates()
        credentials = grpc.dynamic_ssl_server_credentials(first, self._certificates, require_client_authentication=True)
        try:
            self.port = self._server.add_secure_port(self._config.listen, credentials)
        except RuntimeError as error:
            raise ConfigError(f"server.listen: {self._config.listen} is in use or not ours") from error
        await self._server.start()
        self._started = True
        await self._health.set("", health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, and go."""
        if not self._started:
            return
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._config.drain_s)

    def _certificates(self) -> grpc.ServerCertificateConfiguration:
        """Return our certificate and those we let in, for each handshake anew: the directory may have changed."""
        directory, keystore = self._party.network.directory, self._party.keys.keystore
        listed = [der for member in directory.members for der in member.tls_certificates]
        listed += [der for witness in directory.witnesses for der in witness.tls_certificates]
        return grpc.ssl_server_certificate_configuration(
            [(keystore.tls_key, to_pem(keystore.tls_certificate))],
            root_certificates=b"".join(to_pem(der) for der in listed),
        )


_EXCHANGE: Final = ((exchange_pb2, "TransferService"), (bundle_pb2, "BundleService"))
