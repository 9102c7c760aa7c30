"""Drills about customers: alice's books group them wrongly, every proof holds, and a spot check finds it."""

import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from carnet.audit import Verdict
from carnet.audit.spot import SPOT_RULES, SpotFinding, judge_spot
from carnet.crypto import cose
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.lockbox import INTERACTIVE, Lock
from carnet.disclosure.keys import SupervisorKey, lock_supervisor_key
from carnet.disclosure.request import OpenedRequest, open_request
from carnet.disclosure.respond import respond
from carnet.evidence import BUNDLE, Read
from carnet.identity.directory import Trust
from carnet.log.merkle import HASH_SIZE, inclusion_path
from carnet.log.tiles import CHECKPOINT, WIDTH, hash_reader
from carnet.messages import BROADCAST_ENDINGS, Directory
from carnet.params import EPOCH_S
from carnet.secret import Secret
from carnet.testing.ledger.generate import AUTHORITY
from carnet.testing.ledger.plan import Plan, Transfer
from carnet.testing.ledger.society import supervisor_of
from carnet_audit.disclosing import Wanted, draw_records, drawn_chains, make_request, open_spot
from carnet_audit.drill.books import Books, Grouped
from carnet_audit.drill.stage import ALICE, Seen, Sight, Stage, items, linking, size_of
from carnet_audit.fetch import folder

REPORT: Final = 1
ALL: Final = 512
"""More records than alice has: so few are best drawn all."""
MANDATE: Final = Wanted(
    paths=(), openings=(), basis=sha256(b"a mandate to draw records").digest(), lifetime_s=30 * EPOCH_S, gag_s=None
)
MAX_TILE: Final = WIDTH * HASH_SIZE
PASSPHRASE: Final = "practice"  # noqa: S105 -- of keys that are worth nothing


def _senders(plan: Plan) -> list[str]:
    """Return alice's customers, whoever sent most often first."""
    sent = Counter(
        each.customers[0]
        for interval in plan.intervals()
        for each in interval.transfers
        if each.originator == ALICE and each.kind in BROADCAST_ENDINGS
    )
    return [name for name, _ in sent.most_common()]


def _spot_checked(stage: Stage, plan: Plan, grouped: Grouped) -> Sight:
    """Audit a network in which alice groups her customers like this; then draw records, have them opened, and judge."""
    books = Books(plan, grouped)
    shown = stage.folders(books, plan=plan)
    audited = stage.audit(shown, plan=plan)
    society, read = plan.society, folder(stage.root / ALICE)
    trust = Trust(directory=Directory.decode(cose.payload_of(society.directory())))
    key = _supervisor(plan)
    drawn = draw_records(read, count=ALL, serial=REPORT, trust=trust, coins=visible_coins("a nonce, drawn afterwards"))
    coins = visible_coins("a spot check")
    asked = make_request(drawn, MANDATE, key=key, trust=trust, now=society.end, coins=coins)
    request = open_request(asked, trust=trust)
    held, path_of = items(shown[ALICE]), _paths(read, size=size_of(shown[ALICE]))
    answers = [books.answer(each, request.request, held[each.index][0], path_of(each.index)) for each in drawn.records]
    response = respond(
        request,
        answers,
        identity=society.keys(ALICE).identity,
        bundle=shown[ALICE][BUNDLE],
        checkpoint=shown[ALICE][CHECKPOINT],
        now=society.end,
        coins=coins,
    ).sealed
    findings = _judged(response, request, key, read, trust, now=society.end)
    told = [
        Seen(check=each.check, where=f"alice: {_numbers(each)}", message=SPOT_RULES[each.check].says)
        for each in findings
    ]
    verdict = Verdict.worst(audited.verdict, *(each.shows for each in findings))
    command = _kept(stage, key, asked, response, now=society.end)
    return Sight(verdict=verdict, findings=(*audited.findings, *told), command=f"{audited.command}\n{command}")


def _supervisor(plan: Plan) -> SupervisorKey:
    """Return the keys of who may ask alice."""
    jurisdiction = plan.society.jurisdiction(ALICE)
    return SupervisorKey(
        name=supervisor_of(jurisdiction),
        jurisdiction=jurisdiction,
        signing_seed=plan.society.key(f"supervisor of {jurisdiction}").reveal(),
        sealing_seed=visible_coins("the sealing key of alice's supervisor")(32),
    )


def _paths(read: Read, *, size: int) -> Callable[[int], tuple[bytes, ...]]:
    """Return what tells what leads from a record of a log to its root."""
    tiles = hash_reader(lambda path: read(path, MAX_TILE), size=size)
    return lambda index: tuple(inclusion_path(tiles, index=index, size=size))


def _judged(
    response: bytes, request: OpenedRequest, key: SupervisorKey, read: Read, trust: Trust, *, now: int
) -> list[SpotFinding]:
    """Return what ``carnet-audit spot-check`` finds in *response*."""
    chains = drawn_chains(read, request.request, trust=trust)
    opened, wrong = open_spot(response, request, chains, read=read, trust=trust, key=key, now=now)
    return [*wrong, *judge_spot(opened)]


def _numbers(finding: SpotFinding) -> str:
    return "records " + " and ".join(map(str, finding.indices))


def _kept(stage: Stage, key: SupervisorKey, request: bytes, response: bytes, *, now: int) -> str:
    """Leave what the supervisor has beside the folders; return the command that judges it again."""
    lock = Lock.new(Secret(PASSPHRASE.encode()), coins=system_coins, cost=INTERACTIVE)
    files = {
        "request": request,
        "response": response,
        "supervisor": lock_supervisor_key(key, lock=lock, coins=system_coins),
        "passphrase": PASSPHRASE.encode() + b"\n",
    }
    for name, data in files.items():
        (stage.root / name).write_bytes(data)
    command = ["carnet-audit", "spot-check", str(stage.root / "response"), "--now", str(now)]
    options = {"source": ALICE, "request": "request", "keys": "supervisor", "passphrase-file": "passphrase"}
    for option, name in (*options.items(), ("authority", AUTHORITY)):
        command += [f"--{option}", str(stage.root / name)]
    return shlex.join(command)


def split_customer(stage: Stage) -> Sight:
    """Alice has two customers in her books for one who sends a lot."""
    plan = linking(stage.plan)
    most = _senders(plan)[0]

    def grouped(transfer: Transfer) -> str:
        name = transfer.customers[0]
        return f"{name}, a second time" if name == most and transfer.number % 2 else name

    return _spot_checked(stage, plan, grouped)


def joined_customers(stage: Stage) -> Sight:
    """Alice has one customer in her books for two."""
    plan = linking(stage.plan)
    most, next_most = _senders(plan)[:2]

    def grouped(transfer: Transfer) -> str:
        name = transfer.customers[0]
        return most if name == next_most else name

    return _spot_checked(stage, plan, grouped)


ACTS: Final[Mapping[str, Callable[[Stage], Sight]]] = {
    "split-customer": split_customer,
    "joined-customers": joined_customers,
}
