"""Suite `policy_decision`: what the laws of both sides ask of a transfer."""

from dataclasses import replace

from kit import vector

from carnet.ivms101 import IdentityPayload, read
from carnet.policy import Leg, PersonKind, Side, decide, shipped_pack
from carnet.testing.world import identity_json

EU, FATF, UK, CH = (shipped_pack(name) for name in ("eu-tfr-2023", "fatf-2019", "uk-mlr-2023", "ch-finma-2019"))
WHOLE = read(identity_json()).identity
MONTH = 30 * 86400


def asked(*sides, leg=Leg.VASP, kinds=(PersonKind.ANY, PersonKind.ANY), identity=None, expect="ok"):
    given = {
        "leg": int(leg),
        "sides": [{"pack": pack.encode(), "value": value, "earlier": earlier} for pack, value, earlier in sides],
        "kinds": [int(kind) for kind in kinds],
        "identity": None if identity is None else identity.encode(),
        "expect": expect,
    }
    if expect != "ok":
        return given
    judged = [Side(name="side", pack=pack, value=value, earlier=earlier) for pack, value, earlier in sides]
    decision = decide(judged, leg, kinds=kinds, identity=identity)
    return given | {
        "tier": int(decision.tier),
        "tiers": [int(each.tier) for each in decision.judgements],
        "required_json": [
            {
                "subject": int(each.field.subject),
                "kind": int(each.field.kind),
                "any_of": [list(paths) for paths in each.field.any_of],
                "packs": list(each.packs),
            }
            for each in decision.required
        ],
        "missing_text": list(decision.missing),
        "excess_text": list(decision.excess),
        "ownership_proof": decision.ownership_proof,
        "retention_days": decision.retention_days,
        "linked_window_s": decision.linked_window_s,
    }


@vector("policy_decision")
def below_both_limits():
    """A cent below the limit of either side."""
    return asked((FATF, 99_999, 0), (UK, 99_999, 0), identity=WHOLE)


@vector("policy_decision")
def at_one_limit():
    """One side's limit is reached, the other's not: the stricter decides."""
    return asked((FATF, 100_000, 0), (UK, 99_999, 0), identity=WHOLE)


@vector("policy_decision")
def no_limit_on_one_side():
    """The Union's law needs no value; its list and the other side's apply together."""
    return asked((UK, 1, 0), (EU, None, 0), identity=IdentityPayload())


@vector("policy_decision")
def from_a_company_to_a_person():
    """Entries for natural originators and legal beneficiaries are not required."""
    return asked((FATF, 100_000, 0), (EU, 90_000, 0), kinds=(PersonKind.LEGAL, PersonKind.NATURAL))


@vector("policy_decision")
def own_address_of_little_value():
    """A self-hosted address at EUR 1,000.00: no proof of ownership yet."""
    return asked((EU, 100_000, 0), leg=Leg.SELF_HOSTED)


@vector("policy_decision")
def own_address_of_more_value():
    """A cent more, and the proof is needed."""
    return asked((EU, 100_001, 0), leg=Leg.SELF_HOSTED)


@vector("policy_decision")
def own_address_whatever_the_value():
    """Switzerland asks for proof at any value, keeps records longer, and adds up a month."""
    return asked((CH, None, 0), leg=Leg.SELF_HOSTED)


@vector("policy_decision")
def nobody_at_the_other_end():
    """Without a rule for SUNRISE, that for VASP applies."""
    return asked((UK, 100_000, 0), leg=Leg.SUNRISE)


@vector("policy_decision")
def added_up_within_a_window():
    """With what the customer moved before, the limit is reached."""
    windowed = replace(UK, legs=(replace(UK.legs[0], linked_window_s=MONTH),))
    return asked((windowed, 60_000, 40_000))


@vector("policy_decision")
def not_added_up_without_a_window():
    """What the customer moved before does not count where the law adds nothing up."""
    return asked((UK, 60_000, 40_000))


@vector("policy_decision")
def law_is_silent():
    """A law that says nothing about self-hosted addresses."""
    return asked((UK, 1, 0), leg=Leg.SELF_HOSTED, expect="policy.leg")


@vector("policy_decision")
def value_unknown():
    """A limit cannot be held against nothing."""
    return asked((EU, 1, 0), (FATF, None, 0), expect="quote.missing")


@vector("policy_decision")
def ownership_of_unknown_value():
    """Nor can the limit from which ownership is proven."""
    return asked((EU, None, 0), leg=Leg.SELF_HOSTED, expect="quote.missing")
