"""The way out: one channel per counterparty, to exactly the certificates that the directory lists for it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
from grpc import aio

from carnet.crypto.tls import SERVER_NAME, to_pem
from carnet.messages import Member
from carnet.params import MAX_OFFER
from carnet.rpc.v1.bundle_pb2 import GetBundleRequest
from carnet.rpc.v1.bundle_pb2_grpc import BundleServiceStub
from carnet.rpc.v1.common_pb2 import Envelope, Outcome
from carnet.rpc.v1.exchange_pb2 import ResumeRequest
from carnet.rpc.v1.exchange_pb2_grpc import TransferServiceStub
from carnet.rpc.v1.log_pb2_grpc import LogServiceStub
from carnet_node.errors import Refused, Unreachable
from carnet_node.party import Party

_OPTIONS: Final = (
    ("grpc.ssl_target_name_override", SERVER_NAME),
    ("grpc.max_receive_message_length", MAX_OFFER + 1024),
    ("grpc.max_send_message_length", MAX_OFFER + 1024),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5000),
    ("grpc.keepalive_time_ms", 60000),
    ("grpc.use_local_subchannel_pool", 1),
)


class GrpcPeers:
    """Calls the members of *party*'s directory; connections to a changed member are made anew."""

    def __init__(self, party: Party, *, deadline_s: float) -> None:
        self._party: Final = party
        self._deadline: Final = deadline_s
        self._channels: dict[str, tuple[tuple[str, tuple[bytes, ...]], aio.Channel]] = {}

    async def offer(self, vasp: str, message: bytes) -> bytes:
        """Return the reply to an offer."""
        return await self._transfer(vasp, "Offer", Envelope(message=message))

    async def resume(self, vasp: str, *, transfer_id: bytes, revision: int) -> bytes:
        """Return the latest reply to an offer made before."""
        return await self._transfer(vasp, "Resume", ResumeRequest(transfer_id=transfer_id, revision=revision))

    async def settle(self, vasp: str, message: bytes) -> bytes:
        """Return the countersigned settlement."""
        return await self._transfer(vasp, "Settle", Envelope(message=message))

    async def cancel(self, vasp: str, message: bytes) -> bytes:
        """Return the countersigned cancellation."""
        return await self._transfer(vasp, "Cancel", Envelope(message=message))

    async def bundle(self, vasp: str) -> bytes:
        """Return the newest signed bundle."""
        channel = self._member_channel(self._party.trust.member(vasp))
        return await self._call(vasp, BundleServiceStub(channel).GetBundle, GetBundleRequest())

    async def add_checkpoint(
        self, name: str, request: bytes, *, endpoint: str, certificates: tuple[bytes, ...]
    ) -> bytes:
        """Return the answer of witness *name* to an add-checkpoint *request*."""
        channel = self._channel(f"witness {name}", endpoint, certificates)
        return await self._call(name, LogServiceStub(channel).AddCheckpoint, Envelope(message=request))

    async def prove(self, vasp: str, request: bytes) -> bytes:
        """Return the answer of *vasp*'s log to an inclusion request."""
        channel = self._member_channel(self._party.trust.member(vasp))
        return await self._call(vasp, LogServiceStub(channel).Prove, Envelope(message=request))

    async def close(self) -> None:
        """Close all connections."""
        for _known, channel in self._channels.values():
            await channel.close(None)
        self._channels.clear()

    async def _transfer(self, vasp: str, method: str, request: Any) -> bytes:
        channel = self._member_channel(self._party.trust.member(vasp))
        return await self._call(vasp, getattr(TransferServiceStub(channel), method), request)

    async def _call(self, name: str, method: Callable[..., Awaitable[Outcome]], request: Any) -> bytes:
        try:
            outcome = await method(request, timeout=self._deadline)
        except aio.AioRpcError as error:
            raise Unreachable(f"{name} cannot be reached ({error.code().name})") from error
        if outcome.WhichOneof("outcome") == "message":
            return outcome.message
        raise Refused(outcome.rejection.code)

    def _member_channel(self, member: Member) -> aio.Channel:
        return self._channel(member.vasp, member.endpoint, member.tls_certificates)

    def _channel(self, name: str, endpoint: str, certificates: tuple[bytes, ...]) -> aio.Channel:
        known = self._channels.get(name)
        if known is not None and known[0] == (endpoint, certificates):
            return known[1]
        keystore = self._party.keys.keystore
        credentials = grpc.ssl_channel_credentials(
            root_certificates=b"".join(to_pem(each) for each in certificates),
            private_key=keystore.tls_key,
            certificate_chain=to_pem(keystore.tls_certificate),
        )
        channel = aio.secure_channel(endpoint, credentials, options=_OPTIONS)
        self._channels[name] = ((endpoint, certificates), channel)
        return channel
