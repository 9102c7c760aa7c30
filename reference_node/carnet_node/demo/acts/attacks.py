"""Act 4: evil, who is no member, and charlie, who is, but meddles with alice's transfer."""

from dataclasses import dataclass
from typing import Any, Final, final

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.errors import Code
from carnet.identity.keystore import Keystore
from carnet.messages import (
    Closing,
    Decision,
    Offer,
    OfferHeader,
    Phase,
    Receipt,
    Reply,
    TerminalStatement,
    carry,
    uncarry,
)
from carnet.params import SUITE
from carnet_node.demo.acts.transfers import Sent, reached, show, where
from carnet_node.demo.caller import Caller
from carnet_node.demo.stage import Node, expect, until
from carnet_node.demo.theatre import EVIL, TAPPED, Theatre

MEDDLER: Final = "charlie"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody tried, what came back, and the check that refused it, from bob's own log."""

    who: str
    tried: str
    answer: str
    check: str


def attack(theatre: Theatre, sent: Sent) -> list[Attempt]:
    """Return what evil and charlie tried upon *sent*, all of it in vain; then let alice settle it as if nothing was."""
    bob = theatre.nodes[TAPPED]
    before = show(bob, sent.transfer_id, wire=True)
    found = _strangers(theatre, bob)
    offer = bytes.fromhex(show(theatre.nodes["alice"], sent.transfer_id, wire=True)["offers"][0]["message"])
    meddler = _Meddler(theatre, bob, offer)
    found += meddler.replays()
    found += meddler.endings(before)
    expect(show(bob, sent.transfer_id, wire=True) == before, "charlie changed alice's transfer")
    alice = theatre.nodes["alice"]
    expect(where(show(alice, sent.transfer_id)) == "ACCEPTED", "alice's transfer is no longer what it was")
    alice.ask("broadcast", transfer=sent.transfer_id)
    for node in (alice, bob):
        reached(node, sent.transfer_id, frozenset({"SETTLED"}))
    return found


def _strangers(theatre: Theatre, bob: Node) -> list[Attempt]:
    """Let evil knock, with a certificate that no directory lists."""
    known = len(bob.ask("list", limit=1000)["transfers"])
    certificate = theatre.keystores[TAPPED].tls_certificate
    evil = Caller(theatre.keystores[EVIL], port=theatre.ports[TAPPED], certificate=certificate)
    why = evil.shake_hands()
    expect(why is not None, "evil gets through the handshake")
    answer = evil.call("Offer", b"anything")
    expect(answer == "UNAVAILABLE", f"evil gets an answer: {answer!r}")
    charlie = Caller(theatre.keystores[MEDDLER], port=theatre.ports[TAPPED], certificate=certificate)
    stopped = charlie.shake_hands()
    expect(stopped is None, f"charlie, a member, does not get through the same handshake: {stopped}")
    expect(len(bob.ask("list", limit=1000)["transfers"]) == known, "evil left a trace in bob's database")
    return [
        Attempt(
            who=EVIL, tried="connect with keys of its own", answer=f"TLS handshake: {why}", check="not in the directory"
        )
    ]


class _Meddler:
    """Charlie's hands: a member's genuine TLS certificate and identity key, used for what is not his."""

    def __init__(self, theatre: Theatre, bob: Node, offer: bytes) -> None:
        self._bob: Final = bob
        self._offer: Final = uncarry(Offer, offer)
        self._verbatim: Final = offer
        self._header: Final = OfferHeader.decode(cose.payload_of(self._offer.header))
        self._keystore: Final[Keystore] = theatre.keystores[MEDDLER]
        certificate = theatre.keystores[TAPPED].tls_certificate
        self._caller: Final = Caller(self._keystore, port=theatre.ports[TAPPED], certificate=certificate)

    def replays(self) -> list[Attempt]:
        """Send alice's offer: as it is, and under charlie's own signature."""
        own = {"originator": MEDDLER}
        fresh = {**own, "transfer_id": system_coins(16)}
        return [
            self._refused("replay alice's offer as it is", "Offer", self._verbatim, check="offer.peer"),
            self._refused("sign alice's offer as his own", "Offer", self._signed(own), check="offer.owner"),
            self._unopened("the same under a fresh transfer id", self._signed(fresh)),
        ]

    def endings(self, shown: dict[str, Any]) -> list[Attempt]:
        """Declare alice's transfer settled or cancelled: in her name, and in his own."""
        found = []
        for method, ending in (("Settle", Phase.SETTLED), ("Cancel", Phase.CANCELLED)):
            for originator, check in ((self._header.originator, "signature.kid"), (MEDDLER, "transfer.unknown")):
                whose = "as himself" if originator == MEDDLER else "as alice"
                message = self._closing(shown, ending, originator=originator)
                tried = f"{method.lower()} alice's transfer {whose}"
                found.append(self._refused(tried, method, message, check=check))
        return found

    def _refused(self, tried: str, method: str, message: bytes, *, check: str) -> Attempt:
        since = self._bob.log_size()
        answer = self._caller.call(method, message)
        expect(isinstance(answer, int), f"charlie tries to {tried}, and gets {answer!r:.60}")
        reason = self._logged("call.refused", since)
        expect(reason == check, f"charlie tries to {tried}, and is refused for {reason} instead of {check}")
        return Attempt(who=MEDDLER, tried=tried, answer=_code(answer), check=reason)

    def _unopened(self, tried: str, message: bytes) -> Attempt:
        """Send what is a genuine offer by all that bob can see from outside, and cannot be opened."""
        since = self._bob.log_size()
        answer = self._caller.call("Offer", message)
        expect(isinstance(answer, bytes), f"charlie tries {tried}, and gets {answer!r}")
        signed = uncarry(Reply, answer if isinstance(answer, bytes) else b"").receipt
        receipt = Receipt.decode(cose.payload_of(signed))
        refused = receipt.decision is Decision.REJECTED and receipt.code == Code.UNOPENED
        expect(refused, f"charlie tries {tried}, and gets {receipt.decision.name} {receipt.code}")
        check = self._logged("offer.refused", since)
        expect(check == "hpke.open", f"charlie tries {tried}, and is refused for {check}")
        return Attempt(who=MEDDLER, tried=tried, answer=f"signed REJECTED, {_code(receipt.code)}", check=check)

    def _logged(self, event: str, since: int) -> str:
        """Return the check that bob's log names for what charlie just did."""

        def find() -> str | None:
            for line in self._bob.log(since=since):
                if line.get("event") == event and line.get("peer", MEDDLER) == MEDDLER:
                    return str(line["check"])
            return None

        return until(find, surprise=f"bob's log does not say {event}")

    def _signed(self, changes: dict[str, Any]) -> bytes:
        """Return alice's offer under a header with *changes*, signed by charlie."""
        values = {field.name: getattr(self._header, field.name) for field in self._header.FIELDS}
        header = OfferHeader(**{**values, **changes})
        signed = cose.sign(header, seed=self._keystore.identity)
        return carry(Offer(header=signed, enc=self._offer.enc, ciphertext=self._offer.ciphertext))

    def _closing(self, shown: dict[str, Any], ending: Phase, *, originator: str) -> bytes:
        header = self._header
        statement = TerminalStatement(
            suite=SUITE,
            network=header.network,
            transfer_id=header.transfer_id,
            revision=header.revision,
            originator=originator,
            beneficiary=header.beneficiary,
            header_hash=bytes.fromhex(shown["offers"][0]["header_hash"]),
            state=ending,
            time=header.issued,
            salted_txid=system_coins(32) if ending is Phase.SETTLED else None,
        )
        signed = cose.sign(statement, seed=self._keystore.identity)
        sealed = system_coins(104) if ending is Phase.SETTLED else None
        return carry(Closing(statement=signed, sealed_txid=sealed))


def _code(answer: object) -> str:
    return f"{answer} {Code(answer).name}" if isinstance(answer, int) else str(answer)
