"""What a running node does for whoever commands it: each public method of `Commands` is a command."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from carnet.envelope.payload import Transfer
from carnet.errors import Code, DecodeError, PeerError, UsageError
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.states import TransferState
from carnet.ivms101 import read
from carnet.messages import Decision, Phase, Role
from carnet.params import EPOCH_S, TRANSFER_ID_SIZE
from carnet_node import report_views, views
from carnet_node.app import App
from carnet_node.disclosure_acts import WrongActError, act_on
from carnet_node.errors import CommandError, NodeError
from carnet_node.observe import logger
from carnet_node.offering import Order
from carnet_node.sandbox.clock import MOST_DAYS

LOG = logger("commands")
Json = dict[str, Any]

_OPTIONAL_TEXTS: Final = {
    "sourceAddress": "source_address",
    "purpose": "purpose",
    "originatorCustomer": "originator_customer",
    "beneficiaryCustomer": "beneficiary_customer",
}
_PAYLOAD_KEYS: Final = {"identity", "asset", "amount", "destinationAddress", *_OPTIONAL_TEXTS}
_DECISIONS: Final = {"accept": Decision.ACCEPTED, "reject": Decision.REJECTED, "repair": Decision.REPAIR}
_UNANSWERED: Final = frozenset({Phase.OFFERED})
_MOST_WAIT_S: Final = 86_400


class WrongInput(CommandError):  # noqa: N818 - it is what was given that is wrong
    """The command was not given what it needs: exit status 2."""


class Commands:
    """Carries out commands on *app*."""

    def __init__(self, app: App) -> None:
        self._app: Final = app
        self._known: Final[dict[str, Callable[[Json], Awaitable[Any]]]] = {
            "send": self.send,
            "repair": self.repair,
            "show": self.show,
            "list": self.list,
            "decide": self.decide,
            "broadcast": self.broadcast,
            "cancel": self.cancel,
            "status": self.status,
            "reload": self.reload,
            "advance": self.advance,
            "reports": self.reports,
            "report": self.report,
            "disclosure": self.disclosure,
        }

    async def handle(self, request: Json) -> Json:
        """Return the answer to *request*."""
        name = request.get("command")
        command = self._known.get(name) if isinstance(name, str) else None
        if command is None:
            return {"ok": False, "error": "no such command", "status": 2}
        try:
            return {"ok": True, "result": await command(request)}
        except (WrongInput, WrongActError) as error:
            return {"ok": False, "error": str(error), "status": 2}
        except NodeError as error:
            return {"ok": False, "error": str(error), "status": 1}
        except PeerError as error:
            return {"ok": False, "error": f"refused: {error.check}", "status": 1}
        except Exception as error:
            LOG.critical("command.failed", command=name, exc_info=error)
            return {"ok": False, "error": f"internal error ({type(error).__name__}); see the node's log", "status": 1}

    async def send(self, request: Json) -> Json:
        """Offer a transfer: *to*, *payload*; wait up to *wait* seconds for an answer."""
        wait = _wait(request)
        state = await self._app.outbound.send(_text(request, "to"), parse_order(request.get("payload")))
        return await self._answered(state, wait, _UNANSWERED)

    async def repair(self, request: Json) -> Json:
        """Offer *transfer* again with another *payload*; wait as `send` does."""
        wait = _wait(request)
        state = await self._app.outbound.repair(_transfer_id(request), parse_order(request.get("payload")))
        return await self._answered(state, wait, _UNANSWERED)

    async def show(self, request: Json) -> Json:
        """Return all that is known of *transfer*; with *payload* its personal data, with *wire* its messages."""
        shown = views.detail(
            self._app.party,
            _transfer_id(request),
            payload=request.get("with_payload") is True,
            wire=request.get("with_wire") is True,
        )
        if shown is None:
            raise CommandError("no such transfer")
        return shown

    async def list(self, request: Json) -> Json:
        """Return the newest transfers, of one *role* or one *phase* if it is given."""
        role, phase = request.get("role"), request.get("phase")
        # in tuples, as what was given may be anything, and a set takes no list
        if role is not None and role not in ("originator", "beneficiary"):
            raise WrongInput("role must be originator or beneficiary")
        if phase is not None and phase not in tuple(Phase.__members__):
            raise WrongInput(f"phase must be one of {', '.join(Phase.__members__)}")
        limit = request.get("limit", 50)
        if type(limit) is not int or limit < 1:
            raise WrongInput("limit must be a whole number above 0")
        found = views.listing(
            self._app.party,
            role=None if role is None else Role[role.upper()],
            phase=None if phase is None else Phase[phase],
            limit=limit,
        )
        return {"transfers": found}

    async def decide(self, request: Json) -> Json:
        """Decide the pending *transfer*: *decision* accept, reject (with a *code*) or repair (with *paths*)."""
        decision = _DECISIONS.get(str(request.get("decision")))
        if decision is None:
            raise WrongInput("decision must be accept, reject or repair")
        code, paths = request.get("code"), request.get("paths") or []
        if code is not None and code not in Code.__members__.values():
            raise WrongInput("code must be one of spec/errors.md")
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise WrongInput("paths must be a list of paths")
        defaults = {Decision.REJECTED: Code.REJECTED, Decision.REPAIR: Code.MISSING_FIELDS}
        verdict = Verdict(
            decision=decision,
            code=defaults.get(decision) if code is None else Code(code),
            paths=tuple(paths),
        )
        return views.summary(await self._app.inbound.decide(_transfer_id(request), verdict))

    async def broadcast(self, request: Json) -> Json:
        """Note that the transaction *txid* of *transfer* is on its way, or send it on the sandbox's chain."""
        transfer_id, txid, wait = _transfer_id(request), request.get("txid"), _wait(request)
        if txid is None:
            txid = await self._app.outbound.pay_now(transfer_id)
        if not isinstance(txid, str) or not 0 < len(txid) <= 128:
            raise WrongInput("txid must be a text of at most 128 characters")
        state = await self._app.outbound.broadcast(transfer_id, txid)
        return {**await self._answered(state, wait, frozenset({Phase.BROADCAST})), "txid": txid}

    async def cancel(self, request: Json) -> Json:
        """End *transfer* before anything moves."""
        return views.summary(await self._app.outbound.cancel(_transfer_id(request)))

    async def reload(self, _request: Json) -> Json:
        """Read directory, packs and quotes anew."""
        await self._app.reload()
        return {"directory_version": self._app.party.network.directory.version}

    async def reports(self, request: Json) -> Json:
        """List up to *limit* of the newest epoch reports."""
        limit = request.get("limit", 50)
        if type(limit) is not int or limit < 1:
            raise WrongInput("limit must be a whole number above 0")
        return {"reports": report_views.listing(self._app.party, limit=limit)}

    async def report(self, request: Json) -> Json:
        """Show epoch report *serial*."""
        serial = request.get("serial")
        if type(serial) is not int or not 0 < serial < 2**32:
            raise WrongInput("serial must be a whole number above 0")
        found = report_views.detail(self._app.party, serial)
        if found is None:
            raise CommandError(f"there is no report {serial}")
        return found

    async def advance(self, request: Json) -> Json:
        """Move the clock of a sandbox on by *days*."""
        days = request.get("days", 1)
        if type(days) is not int or not 1 <= days <= MOST_DAYS:
            raise WrongInput(f"days must be a whole number of 1 to {MOST_DAYS}")
        await self._app.advance(days)
        return {"now": self._app.party.now, "epoch": self._app.party.now // EPOCH_S}

    async def status(self, _request: Json) -> Json:
        """Return how the node does."""
        return await self._app.status()

    async def disclosure(self, request: Json) -> Json:
        """Do *act* about disclosures: see `carnet_node.disclosure_acts`."""
        return await act_on(self._app.disclosures, request)

    async def _answered(self, state: TransferState, wait: float, waiting: frozenset[Phase]) -> Json:
        """Return the summary of *state*, once it has left *waiting* or *wait* seconds are over."""
        deadline = time.monotonic() + wait
        transfer_id = state.transfer_id
        while state.phase in waiting and (left := deadline - time.monotonic()) > 0:
            await self._app.changed(transfer_id, timeout_s=min(left, 0.5))
            found = self._app.party.store.read(lambda unit: unit.state(Role.ORIGINATOR, transfer_id))
            if found is not None:
                state = found[0]
        return views.summary(state)


def parse_order(data: object) -> Order:
    """Return what the JSON object *data* orders.

    Raises:
        WrongInput: A key is unknown, missing or wrong; the key is named, and no value.
    """
    if not isinstance(data, dict):
        raise WrongInput("the payload must be a JSON object")
    for key in data:
        if key not in _PAYLOAD_KEYS:
            raise WrongInput(f"the payload's key {key[:40]} is unknown; known are {', '.join(sorted(_PAYLOAD_KEYS))}")
    amount = data.get("amount")
    if not isinstance(amount, str) or not amount.isascii() or not amount.isdigit() or len(amount) > 78:
        raise WrongInput("the payload's amount must be a whole number of atomic units, as a string")
    try:
        identity = read(data.get("identity")).identity
    except DecodeError as error:
        raise WrongInput(f"the payload's identity is no IVMS101 ({error.detail})") from error
    try:
        transfer = Transfer(
            asset=_text(data, "asset"),
            amount=int(amount),
            destination_address=_text(data, "destinationAddress"),
            **{name: _text(data, key) for key, name in _OPTIONAL_TEXTS.items() if data.get(key) is not None},
        )
    except UsageError as error:
        raise WrongInput(f"the payload does not fit: {error}") from error
    return Order(identity=identity, transfer=transfer)


def _text(data: Json, key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise WrongInput(f"{key} must be a text")
    return value


def _wait(request: Json) -> float:
    wait = request.get("wait", 0)
    if type(wait) not in {int, float} or not 0 <= wait <= _MOST_WAIT_S:
        raise WrongInput("wait must be a number of seconds, of a day at most")
    return float(wait)


def _transfer_id(request: Json) -> bytes:
    try:
        transfer_id = bytes.fromhex(_text(request, "transfer"))
    except ValueError as error:
        raise WrongInput("a transfer's id is 32 hexadecimal digits") from error
    if len(transfer_id) != TRANSFER_ID_SIZE:
        raise WrongInput("a transfer's id is 32 hexadecimal digits")
    return transfer_id
