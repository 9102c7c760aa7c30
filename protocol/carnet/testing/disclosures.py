"""A small network with something to disclose: transfers with payloads, signed by both ends, and supervisors who ask.

*alice* (EU) sends to *bob* (FATF). Three transfers are on both records, with a cover between them in alice's log: one
settled, one rejected, one settled with other people. All but the sealing of responses derives from visible coins.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final, final

from carnet.crypto import cose, hpke
from carnet.crypto.coins import Coins, visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.disclosure.keys import SupervisorKey
from carnet.disclosure.messages import AskedRecord, Commitment, DisclosureKind, DisclosureRequest, RecordAnswer
from carnet.disclosure.request import OpenedRequest, open_request, sign_request
from carnet.disclosure.respond import Held, Responded, respond, show, show_cover
from carnet.disclosure.verify import Disclosure, verify_response
from carnet.envelope import tree
from carnet.envelope.payload import Payload, Transfer
from carnet.envelope.values import Openings, derive_openings
from carnet.errors import Code
from carnet.exchange import beneficiary
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.closing import terminal_statement
from carnet.exchange.states import Answer
from carnet.identity.directory import Trust
from carnet.ivms101.dialect import read
from carnet.log.cover import Cover, make_cover
from carnet.log.merkle import inclusion_path, leaf_hash, node_hash
from carnet.log.record import Record, derive_record, record_links
from carnet.messages import Decision, Directory, OfferHeader, Phase, Receipt, Role, Supervisor
from carnet.params import SUITE
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.policy.quote import Quote
from carnet.policy.tier import Tier
from carnet.secret import Secret
from carnet.testing import ledger
from carnet.testing.ledger.offered import offer_header, sources_of
from carnet.testing.world import BITCOIN, SATOSHI, identity_json

NOW: Final = ledger.START + 300
EU: Final = "supervisor.example"
ELSEWHERE: Final = "elsewhere.example"
PEOPLE: Final = (("Sample", "Robin"), ("Refused", "Riley"), ("Other", "Sasha"))
ENDINGS: Final = (Phase.SETTLED, Phase.REJECTED, Phase.SETTLED)

_EU: Final = generate_seed(visible_coins("the supervisor of the testing network"))
_ELSEWHERE: Final = generate_seed(visible_coins("a supervisor of another jurisdiction"))
_SEALING: Final = Secret(visible_coins("the sealing key of the testing network's supervisor")(32))


@final
@dataclass(slots=True, kw_only=True)
class Stage:
    """The network, what each VASP holds of its records (by index), and alice's *covers*."""

    network: ledger.Network
    trust: Trust
    held: dict[str, dict[int, Held]] = field(default_factory=dict)
    covers: dict[int, Cover] = field(default_factory=dict)
    key: hpke.PrivateKey = field(default_factory=lambda: hpke.PrivateKey(_SEALING))

    def pack(self, named: bytes) -> PolicyPack:
        """Return the policy pack with hash *named*."""
        return next(book.pack for book in self.network.ledgers.values() if pack_hash(book.pack) == named)

    def asked(self, *indices: int, vasp: str = "alice") -> tuple[AskedRecord, ...]:
        """Return the records *indices* of *vasp*'s log, as a request names them."""
        records = self.network.ledgers[vasp].records
        return tuple(AskedRecord(index=each, entry=Record.decode(records[each]).entry()) for each in indices)

    def request(self, *indices: int, vasp: str = "alice", **changes: Any) -> DisclosureRequest:
        """Return a warrant for records *indices* of *vasp*: who the originator was, and how much moved."""
        usual = DisclosureRequest(
            suite=SUITE,
            network=ledger.NETWORK,
            vasp=vasp,
            request_id=bytes(range(16)),
            kind=DisclosureKind.WARRANT,
            requester=EU if vasp == "alice" else ELSEWHERE,
            records=self.asked(*indices, vasp=vasp),
            paths=("/identity/originator/originatorPerson/*/naturalPerson/name", "/transfer/amount"),
            openings=(Commitment.VALUES, Commitment.UNIT),
            legal_basis=b"\x1b" * 32,
            issued=NOW - 60,
            expires=NOW + 30 * 86_400,
            gag_until=None,
            recipient=self.key.public,
            spot=None,
        )
        return replace(usual, **changes)

    def sign(self, request: DisclosureRequest) -> bytes:
        """Return *request*, signed by whoever it says makes it."""
        if request.kind is DisclosureKind.VOLUNTARY:
            return sign_request(request, seed=self.network.ledgers[request.vasp].keys.identity)
        return sign_request(request, seed=supervisor_seed(request.requester))

    def open(self, request: DisclosureRequest) -> OpenedRequest:
        """Return *request* as its signature was found good."""
        return open_request(self.sign(request), trust=self.trust)

    def answers(self, request: DisclosureRequest) -> list[RecordAnswer]:
        """Return the honest answers to *request*."""
        return [self._answer(each, request) for each in request.records]

    def _answer(self, asked: AskedRecord, request: DisclosureRequest) -> RecordAnswer:
        cover = self.covers.get(asked.index) if request.vasp == "alice" else None
        if cover is not None:
            return show_cover(cover.record, cover.openings, asked, path=self.path(asked.index))
        return show(self.held[request.vasp][asked.index], asked, request)

    def respond(
        self,
        opened: OpenedRequest,
        answers: list[RecordAnswer] | None = None,
        *,
        now: int = NOW,
        signer: str = "",
        coins: Coins | None = None,
    ) -> Responded:
        """Return the response to *opened*, with the honest *answers* if no others are given."""
        vasp = opened.request.vasp
        book = self.network.ledgers[vasp]
        return respond(
            opened,
            self.answers(opened.request) if answers is None else answers,
            identity=self.network.ledgers[signer or vasp].keys.identity,
            bundle=book.bundles[-1],
            checkpoint=book.note(),
            now=now,
            coins=coins or visible_coins("the salt of a disclosure"),
        )

    def verify(self, sealed: bytes, opened: OpenedRequest) -> Disclosure:
        """Return what the response *sealed* discloses."""
        return verify_response(sealed, opened, key=self.key, trust=self.trust, packs=self.pack, now=NOW)

    def path(self, index: int, *, vasp: str = "alice") -> tuple[bytes, ...]:
        """Return what leads from record *index* to the root of the log."""
        leaves = [leaf_hash(Record.decode(each).entry()) for each in self.network.ledgers[vasp].records]

        def node(level: int, at: int) -> bytes:
            return _above(leaves[at << level : (at + 1) << level])

        return tuple(inclusion_path(node, index=index, size=len(leaves)))


def _above(leaves: list[bytes]) -> bytes:
    level = leaves
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def supervisor_seed(name: str) -> Secret[bytes]:
    """Return the seed under which supervisor *name* signs."""
    return _EU if name == EU else _ELSEWHERE


def supervisor_key() -> SupervisorKey:
    """Return the keys of the supervisor who may ask alice."""
    return SupervisorKey(name=EU, jurisdiction="EU", signing_seed=_EU.reveal(), sealing_seed=_SEALING.reveal())


def make_stage(*, root: bytes | None = None) -> Stage:
    """Return the network, with its transfers on record; *root* is what the first one's header has for its payload."""
    network = ledger.Network()
    directory = _with_supervisors(Directory.decode(cose.payload_of(network.ledgers["alice"].directory)))
    for book in network.ledgers.values():
        book.directory = cose.sign(directory, seed=ledger.authority_seed())
    stage = Stage(network=network, trust=Trust(directory=directory))
    placed: list[tuple[str, int, Held]] = []
    for number, ending in enumerate(ENDINGS):
        if number == 1:
            _put_cover(stage)
        for name, held in _transfer(network, number, ending=ending, root=None if number else root).items():
            network.ledgers[name].put(held.record, b"")
            placed.append((name, len(network.ledgers[name].records) - 1, held))
    for name, index, held in placed:
        stage.held.setdefault(name, {})[index] = replace(held, path=stage.path(index, vasp=name))
    return stage


def _with_supervisors(directory: Directory) -> Directory:
    alice, bob = (member.jurisdiction for member in directory.members)
    return replace(
        directory,
        version=2,
        supervisors=(
            Supervisor(name=EU, jurisdiction=alice, key=public_key(_EU)),
            Supervisor(name=ELSEWHERE, jurisdiction=bob, key=public_key(_ELSEWHERE)),
        ),
    )


def _put_cover(stage: Stage) -> None:
    book = stage.network.ledgers["alice"]
    epoch = ledger.START // 86_400
    cover = make_cover(book.pack, role=Role.ORIGINATOR, epoch=epoch, coins=visible_coins("a cover of alice's"))
    stage.covers[len(book.records)] = cover
    book.put(cover.record, b"")


def _transfer(network: ledger.Network, number: int, *, ending: Phase, root: bytes | None) -> dict[str, Held]:
    """Return what both ends hold of a transfer, as far as it does not depend on its place in the log."""
    coins = visible_coins(f"disclosed transfer {number}")
    books = network.ledgers
    payload = _payload(coins, number, PEOPLE[number])
    openings = _openings(network, payload)
    header = _header(network, payload, openings, coins)
    header = header if root is None else replace(header, payload_root=root)
    signed_header = cose.sign(header, seed=books["alice"].keys.identity)
    header_hash = cose.payload_hash(signed_header)
    signed_receipt = cose.sign(_receipt(header, header_hash, ending), seed=books["bob"].keys.identity)
    statement = terminal_statement(
        header=header,
        header_hash=header_hash,
        ending=ending,
        time=ledger.START,
        salted_txid=coins(32) if ending is Phase.SETTLED else None,
    )
    sources = sources_of(
        header,
        statement,
        receipt_hash=cose.payload_hash(signed_receipt),
        seed=Secret(payload.seed),
        packs=(books["alice"].pack, books["bob"].pack),
    )
    signers = ("alice", "bob") if ending is Phase.SETTLED else ("bob",)
    statements = tuple(cose.sign(statement, seed=books[each].keys.identity) for each in signers)
    return {
        name: Held(
            record=derive_record(source),
            path=(),
            links=record_links(source.seed, role=source.role, header_hash=header_hash, rule=source.rule),
            header=signed_header,
            receipt=signed_receipt,
            statements=statements,
            payload=payload,
            openings=openings,
        )
        for name, source in zip(("alice", "bob"), sources, strict=True)
    }


def _payload(coins: Coins, number: int, people: tuple[str, str]) -> Payload:
    quotes = tuple(
        cose.sign(
            Quote(
                issuer="quotes.example",
                asset=BITCOIN,
                currency=currency,
                exponent=2,
                price=price,
                scale=SATOSHI,
                not_before=ledger.START - 600,
                not_after=ledger.START + 600,
            ),
            seed=ledger.issuer_seed(),
        )
        for currency, price in (("EUR", 9_000_000), ("USD", 10_000_000))
    )
    return Payload(
        network=ledger.NETWORK,
        originator="alice",
        beneficiary="bob",
        transfer_id=coins(16),
        revision=1,
        seed=coins(32),
        tier=Tier.FULL,
        identity=read(identity_json(family=people[0], given=people[1])).identity,
        transfer=Transfer(
            asset=BITCOIN,
            amount=1_000_000 + number,
            destination_address="bc1q-not-an-address",
            originator_customer=f"customer-{number}",
        ),
        quotes=quotes,
    )


def _openings(network: ledger.Network, payload: Payload) -> Openings:
    prices = {"EUR": 90_000, "USD": 100_000}
    currencies = {book.pack.legs[0].currency for book in network.ledgers.values()}
    values = {each: prices[each] for each in currencies}
    return derive_openings(Secret(payload.seed), values=values, unit=prices["USD"], full=True)


def _header(network: ledger.Network, payload: Payload, openings: Openings, coins: Coins) -> OfferHeader:
    return offer_header(
        openings,
        network=ledger.NETWORK,
        ends=("alice", "bob"),
        packs=(network.ledgers["alice"].pack, network.ledgers["bob"].pack),
        issued=ledger.START - 60,
        expires=ledger.START + 600,
        coins=coins,
        transfer_id=payload.transfer_id,
        payload_root=tree.root(payload, seed=Secret(payload.seed)),
    )


def _receipt(header: OfferHeader, header_hash: bytes, ending: Phase) -> Receipt:
    """Return the answer that a beneficiary gives to the offer of *header*."""
    verdict = Verdict(decision=Decision.ACCEPTED, checks=31)
    if ending is Phase.REJECTED:
        verdict = Verdict(decision=Decision.REJECTED, code=Code.REJECTED, checks=31)
    offered = beneficiary.Offered(header=header, header_hash=header_hash, verdict=verdict, counter=1)
    effects = beneficiary.advance(None, offered, now=ledger.START - 30).effects
    return next(each.receipt for each in effects if isinstance(each, Answer))
