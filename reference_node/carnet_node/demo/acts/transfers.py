"""Act 2: transfers under two laws, around each limit; one is repaired, one rejected, one survives kill -9."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

from carnet.ivms101 import to_json
from carnet_node.demo.script import SCENES, Scene
from carnet_node.demo.stage import Node, expect, until
from carnet_node.demo.theatre import TAPPED, Theatre

SHOWN: Final = "shown"
DECIDED: Final = frozenset({"ACCEPTED", "REPAIR", "REJECTED"})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What the kill -9 left: the receipt's hash at bob before, and after at both ends."""

    before: str
    after: str
    received: str
    attempts: int
    pids: tuple[int, int]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One transfer, as it went."""

    scene: Scene
    transfer_id: str
    tier: str
    phase: str
    revisions: int
    paths: tuple[str, ...] = ()
    code: int | None = None
    sent: bytes = b""
    answered: bytes = b""
    killed: Killed | None = None

    @property
    def name(self) -> str:
        """The name of its scene."""
        return self.scene.name


def play(theatre: Theatre, *, tell: Callable[[Scene], None] = lambda _scene: None) -> dict[str, Sent]:
    """Return all transfers of the script, by the names of their scenes; *tell* hears of each before it starts."""
    sent = {}
    for scene in SCENES:
        tell(scene)
        sent[scene.name] = _killed(theatre, scene) if scene.name == "killed" else _plain(theatre, scene)
    for each in sent.values():
        if each.scene.phase == "SETTLED":
            _settled(theatre, each)
    return sent


def order(scene: Scene, *, repaired: bool = False) -> dict[str, Any]:
    """Return what the sender's back office tells its node."""
    transfer = scene.transfer
    return {
        "identity": to_json(scene.identity(repaired=repaired)),
        "asset": transfer.asset,
        "amount": str(transfer.amount),
        "sourceAddress": transfer.source_address,
        "destinationAddress": transfer.destination_address,
    }


def show(node: Node, transfer_id: str, *, payload: bool = False, wire: bool = False) -> dict[str, Any]:
    """Return what *node* knows of a transfer."""
    return node.ask("show", transfer=transfer_id, with_payload=payload, with_wire=wire)


def where(state: dict[str, Any]) -> str:
    """Return where a transfer stands; once it is on record, how it ended."""
    return str(state["outcome"] or state["phase"])


def reached(node: Node, transfer_id: str, phases: frozenset[str]) -> dict[str, Any]:
    """Return the transfer once it stands at one of *phases*."""

    def look() -> dict[str, Any] | None:
        state = show(node, transfer_id)
        return state if where(state) in phases else None

    return until(look, surprise=f"{node.name}'s transfer does not come to {' or '.join(sorted(phases))}")


def _plain(theatre: Theatre, scene: Scene) -> Sent:
    node = theatre.nodes[scene.originator.vasp]
    before = theatre.tap.seen
    transfer_id = node.ask("send", to=scene.beneficiary.vasp, payload=order(scene))["transfer_id"]
    state = reached(node, transfer_id, DECIDED)
    paths, code = tuple(state["paths"]), state["code"]
    if state["phase"] == "REPAIR":
        expect(scene.name == "repaired", f"{scene.name}: {scene.beneficiary.vasp} asks for {', '.join(paths)}")
        node.ask("repair", transfer=transfer_id, payload=order(scene, repaired=True))
        state = reached(node, transfer_id, DECIDED - {"REPAIR"})
    wanted = "ACCEPTED" if scene.phase == "SETTLED" else scene.phase
    expect(where(state) == wanted, f"{scene.name}: {where(state)} instead of {wanted}")
    expect(state["revision"] == (2 if scene.name == "repaired" else 1), f"{scene.name}: revision {state['revision']}")
    if scene.phase == "SETTLED":
        node.ask("broadcast", transfer=transfer_id)
    if scene.name == SHOWN:  # so that what the tap saw meanwhile is all of this transfer, and of this one alone
        reached(node, transfer_id, frozenset({"SETTLED"}))
    after = theatre.tap.seen
    tier = show(node, transfer_id, payload=True)["payload"]["tier"]
    expect(tier == scene.tier.name, f"{scene.name}: tier {tier} instead of {scene.tier.name}")
    return Sent(
        scene=scene,
        transfer_id=transfer_id,
        tier=tier,
        phase=scene.phase,
        revisions=state["revision"],
        paths=paths,
        code=code,
        sent=after[0][len(before[0]) :],
        answered=after[1][len(before[1]) :],
    )


def _settled(theatre: Theatre, sent: Sent) -> None:
    """Wait until both ends have settled."""
    for name in (sent.scene.originator.vasp, sent.scene.beneficiary.vasp):
        reached(theatre.nodes[name], sent.transfer_id, frozenset({"SETTLED"}))


def _killed(theatre: Theatre, scene: Scene) -> Sent:
    """Let bob answer, lose the answer, kill bob, start him again: alice asks again, and gets the very same receipt."""
    alice, bob = theatre.nodes[scene.originator.vasp], theatre.nodes[TAPPED]
    first = bob.pid
    theatre.tap.swallows_answers = True
    transfer_id = alice.ask("send", to=bob.name, payload=order(scene))["transfer_id"]

    def answered() -> dict[str, Any] | None:
        known = [each["transfer_id"] for each in bob.ask("list", role="beneficiary")["transfers"]]
        return _receipt(bob, transfer_id) if transfer_id in known else None

    before = until(answered, surprise="bob does not answer")
    expect(where(show(alice, transfer_id)) == "OFFERED", "alice has an answer that was swallowed")
    bob.kill()
    theatre.tap.swallows_answers = False
    attempts = until(lambda: _attempts(alice, transfer_id), surprise="alice does not ask again")
    bob.start()
    bob.wait()
    state = reached(alice, transfer_id, DECIDED)
    expect(where(state) == scene.phase, f"{scene.name}: {where(state)} instead of {scene.phase}")
    after, received = _receipt(bob, transfer_id), _receipt(alice, transfer_id)
    expect(before == after == received, "the receipt after kill -9 is not the receipt before")
    tier = show(alice, transfer_id, payload=True)["payload"]["tier"]
    return Sent(
        scene=scene,
        transfer_id=transfer_id,
        tier=tier,
        phase=where(state),
        revisions=state["revision"],
        killed=Killed(
            before=before["sha256"],
            after=after["sha256"],
            received=received["sha256"],
            attempts=attempts + 1,
            pids=(first, bob.pid),
        ),
    )


def _receipt(node: Node, transfer_id: str) -> dict[str, Any]:
    """Return the one reply to the first offer of a transfer."""
    (offer,) = show(node, transfer_id)["offers"]
    expect(len(offer["replies"]) == 1, f"{node.name} has {len(offer['replies'])} replies to one offer")
    reply: dict[str, Any] = offer["replies"][0]
    return reply


def _attempts(node: Node, transfer_id: str) -> int | None:
    """Return how often *node* has tried in vain to get a transfer's offer answered, if it has."""
    return max((each["attempts"] for each in show(node, transfer_id)["outbox"]), default=0) or None
