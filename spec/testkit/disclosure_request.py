"""Suite `disclosure_request`: who may ask for what."""

from dataclasses import replace

from disclosed import ALICE, BOB, NOW, PAGE, spot_check, stage, warrant
from kit import vector

from carnet.crypto import cose
from carnet.disclosure.messages import (
    DisclosureKind,
    SpotCheck,
)
from carnet.testing import disclosures, ledger
from carnet.wire import decode, write


def asked(request, expect, *, signed=None, **more):
    """Return a vector of *request*, opened by the VASP alice at some time."""
    data = signed or cose.sign(request, seed=disclosures.supervisor_seed(request.requester))
    book = stage().network.ledgers[ALICE]
    whole = {"directory": book.directory, "authority": stage().network.authority, "vasp_text": ALICE, "now": NOW}
    return whole | {"request": data, "expect": expect} | more


@vector("disclosure_request")
def a_warrant():
    """A supervisor of the VASP's jurisdiction asks for two paths of one record."""
    return asked(warrant(), "ok")


@vector("disclosure_request")
def a_voluntary_disclosure():
    """The VASP itself asks, for whoever holds the sealing key."""
    request = warrant(kind=DisclosureKind.VOLUNTARY, requester="auditor.example")
    return asked(request, "ok", signed=stage().sign(request))


@vector("disclosure_request")
def a_spot_check():
    """Two of four records, drawn from a checkpoint and a nonce."""
    return asked(spot_check(), "ok", eligible=[0, 1, 2, 3], page=PAGE)


@vector("disclosure_request")
def a_spot_check_of_no_page():
    """As the one before, but it does not say of which page its records are."""
    spot = spot_check().spot
    without = SpotCheck(report=spot.report, checkpoint=spot.checkpoint, nonce=spot.nonce)
    return asked(spot_check(spot=without), "ok", eligible=[0, 1, 2, 3], page=PAGE)


@vector("disclosure_request")
def a_spot_check_of_another_page():
    """The report that is shown now groups the same records on another page."""
    return asked(spot_check(), "disclosure.selection", eligible=[0, 1, 2, 3], page=bytes(32))


@vector("disclosure_request")
def a_spot_check_of_chosen_records():
    """The records are not those that checkpoint and nonce draw."""
    drawn = {each.index for each in spot_check().records}
    other = [index for index in range(4) if index not in drawn]
    return asked(spot_check(records=stage().asked(*other)), "disclosure.selection", eligible=[0, 1, 2, 3], page=PAGE)


@vector("disclosure_request")
def the_whole_payload():
    """The empty path asks for all of a payload but its seed."""
    return asked(warrant(paths=("",)), "ok")


@vector("disclosure_request")
def by_a_stranger():
    """The directory names no such supervisor."""
    request = warrant(requester="stranger.example")
    return asked(request, "disclosure.supervisor")


@vector("disclosure_request")
def by_the_supervisor_of_another_jurisdiction():
    """A supervisor asks a VASP of another jurisdiction."""
    return asked(warrant(requester=disclosures.ELSEWHERE), "disclosure.jurisdiction")


@vector("disclosure_request")
def in_the_name_of_a_supervisor():
    """Somebody else signs in the name of the supervisor."""
    request = warrant()
    return asked(request, "signature.kid", signed=cose.sign(request, seed=ledger.authority_seed()))


@vector("disclosure_request")
def voluntary_by_a_supervisor():
    """Only the VASP itself discloses voluntarily."""
    return asked(warrant(kind=DisclosureKind.VOLUNTARY), "signature.kid")


@vector("disclosure_request")
def changed_after_it_was_signed():
    """One more path than the supervisor signed."""
    protected, unprotected, _, signature = decode(stage().sign(warrant()))
    return asked(None, "signature", signed=write([protected, unprotected, warrant(paths=("",)).encode(), signature]))


@vector("disclosure_request")
def of_another_suite():
    """A suite that does not exist."""
    return asked(warrant(suite=2), "disclosure.suite")


@vector("disclosure_request")
def of_another_network():
    """A network that is not the directory's."""
    return asked(warrant(network="another"), "disclosure.network")


@vector("disclosure_request")
def to_nobody():
    """A VASP that the directory does not list."""
    return asked(replace(warrant(), vasp="nobody"), "member.unknown")


@vector("disclosure_request")
def to_another_vasp():
    """Bob is asked, and alice is given the request."""
    request = stage().request(0, vasp=BOB)
    return asked(request, "disclosure.vasp")


@vector("disclosure_request")
def too_early():
    """Issued 301 seconds from now."""
    return asked(warrant(), "disclosure.early", now=NOW - 60 - 301)


@vector("disclosure_request")
def as_early_as_may_be():
    """Issued 300 seconds from now: clocks differ."""
    return asked(warrant(), "ok", now=NOW - 60 - 300)


@vector("disclosure_request")
def in_its_last_second():
    """It expires in a second."""
    return asked(warrant(), "ok", now=warrant().expires - 1)


@vector("disclosure_request")
def expired():
    """Its last second is over."""
    return asked(warrant(), "disclosure.expired", now=warrant().expires)


@vector("disclosure_request")
def valid_as_long_as_may_be():
    """For 366 days."""
    return asked(warrant(expires=NOW - 60 + 366 * 86_400), "ok")


@vector("disclosure_request")
def valid_for_too_long():
    """More than 366 days."""
    return asked(warrant(expires=NOW - 60 + 366 * 86_400 + 1), "disclosure.validity")


@vector("disclosure_request")
def never_valid():
    """It expires when it is issued."""
    return asked(warrant(expires=NOW - 60), "disclosure.validity")


@vector("disclosure_request")
def gagged_as_long_as_may_be():
    """For 1,830 days."""
    return asked(warrant(gag_until=NOW - 60 + 1830 * 86_400), "ok")


@vector("disclosure_request")
def gagged_for_too_long():
    """More than 1,830 days."""
    return asked(warrant(gag_until=NOW - 60 + 1830 * 86_400 + 1), "disclosure.gag")


@vector("disclosure_request")
def the_seed():
    """The seed would open everything."""
    return asked(warrant(paths=("/seed",)), "disclosure.path")


@vector("disclosure_request")
def a_path_that_no_field_has():
    """A payload has no such field."""
    return asked(warrant(paths=("/identity/originator/shoeSize",)), "disclosure.path")


@vector("disclosure_request")
def a_path_below_a_value():
    """An amount has no parts."""
    return asked(warrant(paths=("/transfer/amount/0",)), "disclosure.path")


@vector("disclosure_request")
def each_of_what_is_no_array():
    """The star stands for items of arrays alone."""
    return asked(warrant(paths=("/transfer/*",)), "disclosure.path")


@vector("disclosure_request")
def a_path_twice():
    """The same path two times."""
    return asked(warrant(paths=("/transfer/amount", "/transfer/amount")), "disclosure.form")


@vector("disclosure_request")
def a_record_twice():
    """The same record two times."""
    return asked(warrant(records=stage().asked(0, 0)), "disclosure.form")


@vector("disclosure_request")
def a_spot_check_with_paths():
    """A spot check opens the customer's pseudonym and nothing else."""
    return asked(spot_check(paths=("/transfer/amount",)), "disclosure.form")


@vector("disclosure_request")
def a_warrant_that_was_drawn():
    """Only a spot check names a checkpoint and a nonce."""
    return asked(warrant(spot=spot_check().spot), "disclosure.form")
