"""What strangers, members and bugs can do to a node over real mutual TLS: be refused, each with its reason."""

import asyncio
import os
import socket
import ssl
import time
from dataclasses import replace

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc import aio

from carnet.crypto import cose, hpke, tls
from carnet.errors import Code, OrderError
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.closing import salted_txid, seal_closing
from carnet.log.checkpoint import Checkpoint, sign_checkpoint, unverified_note
from carnet.log.record import Record
from carnet.log.witness import AddCheckpoint
from carnet.messages import Decision, KeyBundle, Offer, OfferHeader, Phase, Role, TerminalStatement, carry, uncarry
from carnet.params import MAX_OFFER
from carnet.policy import pack_hash
from carnet.rpc.v1 import bundle_pb2, bundle_pb2_grpc, exchange_pb2, exchange_pb2_grpc, log_pb2_grpc
from carnet.rpc.v1.common_pb2 import Envelope
from carnet.secret import Secret
from carnet_node.errors import Refused, Unreachable
from carnet_node.observe import configure
from carnet_node.stores import tables as t
from node.world import World, order, running


def channel(world, to, *, key, certificates):
    """Return a channel to node *to* that shows *certificates* (PEM)."""
    card = world.card(to)
    credentials = grpc.ssl_channel_credentials(tls.to_pem(card.tls_certificates[0]), key, certificates)
    options = [("grpc.ssl_target_name_override", tls.SERVER_NAME), ("grpc.use_local_subchannel_pool", 1)]
    return aio.secure_channel(card.endpoint, credentials, options=options)


def as_member(world, name, to="bob"):
    keystore = world.keystore(name)
    return channel(world, to, key=keystore.tls_key, certificates=tls.to_pem(keystore.tls_certificate))


async def refused(call):
    """Return the code of the refusal that *call* brings."""
    outcome = await call
    assert outcome.WhichOneof("outcome") == "rejection"
    return Code(outcome.rejection.code)


async def accepted(world, **options):
    """Send a transfer from alice to bob, and return its state and the offer as it travelled."""
    sent = await world.apps["alice"].outbound.send("bob", order(**options))
    await world.until("alice", sent.transfer_id, "ACCEPTED")
    row = world.apps["alice"].party.store.read(lambda unit: unit.offer(Role.ORIGINATOR, sent.transfer_id, 1))
    return sent, bytes(row.message)


# --- the handshake ---


async def test_a_stranger_is_refused_at_the_handshake(world):
    async with running(world, "bob"), as_member(world, "evil") as line:
        with pytest.raises(aio.AioRpcError) as caught:
            await bundle_pb2_grpc.BundleServiceStub(line).GetBundle(bundle_pb2.GetBundleRequest(), timeout=5)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_stranger_does_not_reach_the_health_service_either(world):
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    async with running(world, "bob"):
        async with as_member(world, "alice") as line:
            answer = await health_pb2_grpc.HealthStub(line).Check(health_pb2.HealthCheckRequest(), timeout=5)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        async with as_member(world, "evil") as line:
            with pytest.raises(aio.AioRpcError):
                await health_pb2_grpc.HealthStub(line).Check(health_pb2.HealthCheckRequest(), timeout=5)


async def test_a_certificate_that_a_member_signed_for_somebody_else_is_refused(world):
    issuer = world.keystore("charlie")
    issuer_key = serialization.load_pem_private_key(issuer.tls_key, None)
    issuer_certificate = x509.load_der_x509_certificate(issuer.tls_certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(issuer_certificate.subject)
        .issuer_name(issuer_certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(issuer_certificate.not_valid_before_utc)
        .not_valid_after(issuer_certificate.not_valid_after_utc)
        .sign(issuer_key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = made.public_bytes(serialization.Encoding.PEM) + tls.to_pem(issuer.tls_certificate)
    async with running(world, "bob"), channel(world, "bob", key=pem, certificates=chain) as line:
        with pytest.raises(aio.AioRpcError) as caught:
            await bundle_pb2_grpc.BundleServiceStub(line).GetBundle(bundle_pb2.GetBundleRequest(), timeout=5)
        assert caught.value.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED}


async def test_nothing_below_tls_1_3_is_spoken(world, tmp_path):
    keystore = world.keystore("alice")
    (tmp_path / "chain.pem").write_bytes(keystore.tls_key + tls.to_pem(keystore.tls_certificate))
    host, _, port = world.card("bob").endpoint.rpartition(":")

    def shake(version):
        context = ssl.create_default_context(cadata=tls.to_pem(world.card("bob").tls_certificates[0]).decode())
        context.load_cert_chain(tmp_path / "chain.pem")
        context.set_alpn_protocols(["h2"])
        context.minimum_version = context.maximum_version = version
        with (
            socket.create_connection((host, int(port)), timeout=5) as line,
            context.wrap_socket(line, server_hostname=tls.SERVER_NAME) as secure,
        ):
            secure.recv(1)
            return secure.version()

    async with running(world, "bob"):
        assert await asyncio.to_thread(shake, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.to_thread(shake, ssl.TLSVersion.TLSv1_2)


async def test_a_member_that_leaves_the_directory_is_let_in_no_more(world):
    async with running(world, "alice", "bob"):
        await accepted(world)
        world.directory(members=("alice", "charlie", "bob"))
        await world.apps["bob"].reload()
        await accepted(world)
        world.directory(members=("bob", "charlie"))
        await world.apps["bob"].reload()
        with pytest.raises(Unreachable, match="UNAUTHENTICATED"):
            await world.apps["alice"].grpc.bundle("bob")


async def test_a_server_is_only_believed_with_the_certificate_of_its_member(world):
    async with running(world, "bob"):
        wrong = channel_to_wrong_member(world)
        async with wrong as line:
            with pytest.raises(aio.AioRpcError):
                await bundle_pb2_grpc.BundleServiceStub(line).GetBundle(bundle_pb2.GetBundleRequest(), timeout=5)


def channel_to_wrong_member(world):
    keystore = world.keystore("alice")
    roots = tls.to_pem(world.card("charlie").tls_certificates[0])
    credentials = grpc.ssl_channel_credentials(roots, keystore.tls_key, tls.to_pem(keystore.tls_certificate))
    options = [("grpc.ssl_target_name_override", tls.SERVER_NAME), ("grpc.use_local_subchannel_pool", 1)]
    return aio.secure_channel(world.card("bob").endpoint, credentials, options=options)


# --- garbage ---


async def test_garbage_to_every_method_is_malformed_and_raises_nothing(world, capfd):
    samples = [
        b"",
        b"\0",
        os.urandom(100),
        b"\xff" * 8192,
        bytes(8192),
        b"\x9f" * 4096 + bytes(4096),
        os.urandom(60000),
    ]
    async with running(world, "bob"), as_member(world, "alice") as line:
        transfers = exchange_pb2_grpc.TransferServiceStub(line)
        for sample in samples:
            for method in (transfers.Offer, transfers.Settle, transfers.Cancel):
                assert await refused(method(Envelope(message=sample), timeout=5)) is Code.MALFORMED
            request = exchange_pb2.ResumeRequest(transfer_id=sample, revision=1)
            assert await refused(transfers.Resume(request, timeout=5)) is Code.MALFORMED
            log = log_pb2_grpc.LogServiceStub(line)
            assert await refused(log.AddCheckpoint(Envelope(message=sample), timeout=5)) is Code.REFUSED
        stream = transfers.OfferStream(iter([Envelope(message=sample) for sample in samples]))
        assert [outcome.rejection.code async for outcome in stream] == [Code.MALFORMED] * len(samples)
    assert "Traceback" not in capfd.readouterr().err


async def test_an_oversized_message_is_not_read(world):
    async with running(world, "bob"), as_member(world, "alice") as line:
        with pytest.raises(aio.AioRpcError) as caught:
            await exchange_pb2_grpc.TransferServiceStub(line).Offer(
                Envelope(message=bytes(MAX_OFFER + 4096)), timeout=5
            )
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_bug_of_ours_tells_the_peer_nothing(world, monkeypatch, capfd):
    configure("info")
    async with running(world, "bob"), as_member(world, "alice") as line:

        async def broken(*_arguments):
            raise RuntimeError("Robert Howard lives here")

        monkeypatch.setattr(world.apps["bob"].inbound, "offer", broken)
        with pytest.raises(aio.AioRpcError) as caught:
            await exchange_pb2_grpc.TransferServiceStub(line).Offer(Envelope(message=b"x"), timeout=5)
        assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.INTERNAL, "")
    err = capfd.readouterr().err
    assert "RuntimeError" in err
    assert "Howard" not in err


# --- members that cheat ---


async def test_the_same_bytes_bring_the_same_bytes_back_also_much_later(world):
    async with running(world, "alice", "bob"):
        sent, offer = await accepted(world)
        first = await world.apps["alice"].grpc.offer("bob", offer)
        assert first == world.reply("alice", sent.transfer_id)
        world.clock.ahead = 2 * 3600  # past its expiry
        assert await world.apps["alice"].grpc.offer("bob", offer) == first
        world.clock.ahead = 0
        await world.stop("bob")
        await world.start("bob")
        again = await world.apps["alice"].grpc.resume("bob", transfer_id=sent.transfer_id, revision=1)
        assert again == first
        assert len(world.rows("bob", t.transfers)) == 1


async def test_a_member_cannot_replay_anothers_offer_as_its_own(world):
    async with running(world, "alice", "bob", "charlie"):
        sent, offer = await accepted(world)
        with pytest.raises(Refused) as caught:
            await world.apps["charlie"].grpc.offer("bob", offer)
        assert caught.value.code == Code.REFUSED
        assert world.state("bob", sent.transfer_id).counterparty == "alice"


async def test_a_member_cannot_touch_anothers_transfer_nor_learn_that_it_exists(world):
    async with running(world, "alice", "bob", "charlie"):
        sent, _offer = await accepted(world)
        state = world.state("bob", sent.transfer_id)
        charlie = world.apps["charlie"]
        codes = set()
        for transfer_id in (sent.transfer_id, os.urandom(16)):
            statement = TerminalStatement(
                suite=1,
                network="test.carnet",
                transfer_id=transfer_id,
                revision=1,
                originator="charlie",
                beneficiary="bob",
                header_hash=state.header_hash,
                state=Phase.CANCELLED,
                time=int(time.time()),
                salted_txid=None,
            )
            settled = replace(statement, state=Phase.SETTLED, salted_txid=bytes(32))
            stolen = replace(statement, originator="alice")
            for call in (
                charlie.grpc.resume("bob", transfer_id=transfer_id, revision=1),
                charlie.grpc.cancel("bob", seal_closing(charlie.party.keys.sign(statement))),
                charlie.grpc.settle("bob", seal_closing(charlie.party.keys.sign(settled))),
                charlie.grpc.cancel("bob", seal_closing(world.apps["alice"].party.keys.sign(stolen))),
            ):
                with pytest.raises(Refused) as caught:
                    await call
                codes.add(caught.value.code)
        assert codes == {Code.OUT_OF_ORDER}
        assert world.state("bob", sent.transfer_id) == state


async def test_two_offers_under_one_number_are_refused_and_both_kept(world):
    async with running(world, "alice", "bob"):
        _sent, offer = await accepted(world)
        carrier = uncarry(Offer, offer)
        header = OfferHeader.decode(cose.payload_of(carrier.header))
        other = replace(header, expires=header.expires + 1)
        forged = carry(replace(carrier, header=world.apps["alice"].party.keys.sign(other)))
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                await world.apps["alice"].grpc.offer("bob", forged)
            assert caught.value.code == Code.EQUIVOCATION
        (evidence,) = world.rows("bob", t.evidence)
        assert {evidence.first, evidence.second} == {offer, forged}
        third = carry(replace(carrier, header=world.apps["alice"].party.keys.sign(replace(other, counter=77))))
        with pytest.raises(Refused):
            await world.apps["alice"].grpc.offer("bob", third)
        assert len(world.rows("bob", t.evidence)) == 1  # two are proof enough; more would only fill the disk


async def test_a_settlement_that_races_an_acceptance_still_needs_the_chain(tmp_path):
    """What the read saw as PENDING is ACCEPTED when the writer's turn comes; S6 holds for the state that is written."""
    world = World(tmp_path, settings='[decisions]\ndefault = "pending"\n')
    async with running(world, "alice", "bob"):
        alice, bob = world.apps["alice"], world.apps["bob"]
        sent = await alice.outbound.send("bob", order())
        state = await world.until("alice", sent.transfer_id, "PENDING")
        contents = alice.party.store.read(lambda unit: alice.party.contents(unit, Role.ORIGINATOR, sent.transfer_id, 1))
        seed = Secret(contents.seed)
        statement = TerminalStatement(
            suite=1,
            network="test.carnet",
            transfer_id=sent.transfer_id,
            revision=1,
            originator="alice",
            beneficiary="bob",
            header_hash=state.header_hash,
            state=Phase.SETTLED,
            time=int(time.time()),
            salted_txid=salted_txid(seed, "never broadcast"),
        )
        message = seal_closing(alice.party.keys.sign(statement), seed=seed, txid="never broadcast")
        close = bob.inbound._close

        async def late(*arguments, **named):
            await bob.inbound.decide(sent.transfer_id, Verdict(decision=Decision.ACCEPTED))
            return await close(*arguments, **named)

        bob.inbound._close = late
        with pytest.raises(OrderError, match=r"settle\.unseen"):
            await bob.inbound.settle("alice", message)
        assert world.state("bob", sent.transfer_id).phase is Phase.ACCEPTED


async def test_an_offer_that_names_a_pack_of_long_ago_leaves_no_record_under_it(world):
    """An auditor would find the honest beneficiary to have kept to a law that was none."""
    old = replace(world.packs["EU"], effective_from=1, effective_until=2, version=0)
    (world.home("bob") / "packs" / "old").write_bytes(cose.sign(old, seed=world.pack_issuer))
    async with running(world, "alice", "bob"):
        _sent, offer = await accepted(world)
        carrier = uncarry(Offer, offer)
        header = OfferHeader.decode(cose.payload_of(carrier.header))
        odd = replace(header, transfer_id=os.urandom(16), counter=50, beneficiary_pack=pack_hash(old))
        message = carry(replace(carrier, header=world.apps["alice"].party.keys.sign(odd)))
        await world.apps["alice"].grpc.offer("bob", message)
        assert world.state("bob", odd.transfer_id).phase is Phase.REPAIR
        world.clock.ahead = odd.expires - time.time() + 1
        await world.until("bob", odd.transfer_id, "EXPIRED", "RECORDED")
        (row,) = [row for row in world.rows("bob", t.records) if row.transfer_id == odd.transfer_id]
        assert Record.decode(row.record).pack == pack_hash(world.packs["EU"])


async def test_a_bundle_of_the_last_day_of_time_is_taken_like_any_other(world):
    """Its date is beyond what the database can hold: a witness that fails at it would serve nobody."""
    async with running(world, "alice", "bob"):
        alice, bob = world.apps["alice"], world.apps["bob"]
        bundle = KeyBundle.decode(cose.payload_of(bob.party.keys.bundle))
        bob.party.keys.bundle = bob.party.keys.sign(replace(bundle, serial=2**32 - 1, expires=2**64 - 1))
        assert (await alice.bundles.newest("bob")).expires == 2**64 - 1


async def test_a_member_cannot_take_anothers_log_at_a_witness(world):
    """Charlie says that alice's log is his own, and comes with a large checkpoint: alice's log goes on."""
    world.create("walt", witness="witness.example/walt")
    world.directory(witnesses=("walt",))
    async with running(world, "walt", "alice", "bob", "charlie"):
        charlie = world.apps["charlie"].party.keys
        origin = world.apps["alice"].party.keys.keystore.log_origin
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        await world.apps["alice"].outbound.cancel(sent.transfer_id)
        await _published(world, "alice", 1)
        bundle = KeyBundle.decode(cose.payload_of(charlie.bundle))
        charlie.bundle = charlie.sign(replace(bundle, log_origin=origin, serial=bundle.serial + 1))
        false = Checkpoint(origin=origin, size=10**9, root=bytes(32))
        note = unverified_note(sign_checkpoint(false, seed=Secret(charlie.keystore.log_seed)))
        request = AddCheckpoint(old_size=0, path=(), note=note).encode()
        async with as_member(world, "charlie", to="walt") as line:
            call = log_pb2_grpc.LogServiceStub(line).AddCheckpoint(Envelope(message=request), timeout=5)
            assert await refused(call) is Code.REFUSED
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
        await world.apps["alice"].outbound.cancel(sent.transfer_id)
        await _published(world, "alice", 2)


async def _published(world, name, size):
    file = world.home(name) / "published" / "checkpoint"
    for _ in range(100):
        if file.exists() and unverified_note(file.read_bytes()).checkpoint.size == size:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(file)


async def test_a_counter_is_good_for_one_offer(world):
    async with running(world, "alice", "bob"):
        _sent, offer = await accepted(world)
        carrier = uncarry(Offer, offer)
        header = OfferHeader.decode(cose.payload_of(carrier.header))
        other = replace(header, transfer_id=os.urandom(16))
        forged = carry(replace(carrier, header=world.apps["alice"].party.keys.sign(other)))
        with pytest.raises(Refused) as caught:
            await world.apps["alice"].grpc.offer("bob", forged)
        assert caught.value.code == Code.REFUSED


async def test_nothing_is_decrypted_for_a_bad_signature(world, monkeypatch):
    opened = []
    original = hpke.PrivateKey.open

    def spy(self, **arguments):
        opened.append(1)
        return original(self, **arguments)

    async with running(world, "alice", "bob"):
        _sent, offer = await accepted(world)
        monkeypatch.setattr(hpke.PrivateKey, "open", spy)
        carrier = uncarry(Offer, offer)
        header = OfferHeader.decode(cose.payload_of(carrier.header))
        fresh = replace(header, transfer_id=os.urandom(16), counter=99)
        by_charlie = cose.sign(fresh, seed=Secret(world.keystore("charlie").identity_seed))
        good = world.apps["alice"].party.keys.sign(fresh)
        flipped = good[:-1] + bytes([good[-1] ^ 1])
        for forged in (by_charlie, flipped):
            with pytest.raises(Refused) as caught:
                await world.apps["alice"].grpc.offer("bob", carry(replace(carrier, header=forged)))
            assert caught.value.code == Code.UNVERIFIED
        assert opened == []
        await world.apps["alice"].grpc.offer("bob", carry(replace(carrier, header=good)))
        assert opened == [1]  # the spy works: this one was signed, and its ciphertext is another's


async def test_an_offer_outside_its_validity_is_refused(world):
    async with running(world, "alice", "bob"):
        _sent, offer = await accepted(world)
        carrier = uncarry(Offer, offer)
        header = OfferHeader.decode(cose.payload_of(carrier.header))
        now = int(time.time())
        for issued, expires in ((now - 7200, now - 3600), (now + 7200, now + 10800), (now, now + 30 * 86400)):
            odd = replace(header, transfer_id=os.urandom(16), counter=50, issued=issued, expires=expires)
            message = carry(replace(carrier, header=world.apps["alice"].party.keys.sign(odd)))
            with pytest.raises(Refused) as caught:
                await world.apps["alice"].grpc.offer("bob", message)
            assert caught.value.code == Code.REFUSED
        assert len(world.rows("bob", t.transfers)) == 1
