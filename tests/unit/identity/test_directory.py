from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.crypto.tls import make_certificate, pin
from carnet.errors import DecodeError, PeerError, PolicyError, VerifyError
from carnet.identity.directory import Trust, open_bundle, open_directory, sealing_key
from carnet.messages import Directory, KeyBundle, Member, NamedKey, SealingKey, Unit, Witness
from carnet.params import CLOCK_SKEW_S

NOW = 1_700_000_000
HOUR = 3600
AUTHORITY = generate_seed(visible_coins("authority"))
ALICE, BOB = (generate_seed(visible_coins(name)) for name in ("alice", "bob"))


def certificate(name, *, number=0):
    """A certificate with the subject that is *name*'s alone."""
    coins = visible_coins(f"the certificate of {name}")
    return make_certificate(not_before=0, not_after=number, coins=coins)[1]


def member(vasp, seed, **changes):
    return Member(
        **{
            "vasp": vasp,
            "name": vasp.title(),
            "jurisdiction": "EU",
            "identity_key": public_key(seed),
            "log_origin": f"log.{vasp}.example",
            "endpoint": f"{vasp}.example:443",
            "tls_certificates": (certificate(vasp),),
            **changes,
        }
    )


def witness(name, key):
    return Witness(name=name, key=bytes([key]) * 32, endpoint="w", tls_certificates=(certificate(name),))


def directory(**changes):
    return Directory(
        **{
            "network": "net",
            "version": 7,
            "unit": Unit(currency="EUR", exponent=2),
            "members": (member("alice", ALICE), member("bob", BOB)),
            "quote_issuers": (NamedKey(name="quotes.example", key=bytes(32)),),
            "pack_issuers": (),
            "witnesses": (witness("w1", 1), witness("w2", 2)),
            "quorum": 2,
            "issued": NOW - HOUR,
            "expires": NOW + HOUR,
            **changes,
        }
    )


def opened(content=None, *, seed=AUTHORITY, now=NOW, newest=0):
    data = cose.sign(content or directory(), seed=seed)
    return open_directory(data, authority=public_key(AUTHORITY), now=now, newest=newest)


def refusal(act, *arguments, **named):
    with pytest.raises(PeerError) as error:
        act(*arguments, **named)
    return type(error.value), error.value.check


def test_a_directory_opens():
    assert opened() == directory()
    assert opened(newest=7) == directory()


@pytest.mark.parametrize(
    ("change", "given", "check"),
    [
        ({}, {"seed": ALICE}, (VerifyError, "signature.kid")),
        ({}, {"newest": 8}, (PolicyError, "directory.rollback")),
        ({"expires": NOW}, {}, (PolicyError, "directory.expired")),
        ({"issued": NOW + CLOCK_SKEW_S + 1}, {}, (PolicyError, "directory.early")),
        ({"members": (member("a", ALICE), replace(member("b", BOB), vasp="a"))}, {}, "directory.duplicate"),
        ({"members": (member("a", ALICE), member("b", BOB, log_origin="log.a.example"))}, {}, "directory.duplicate"),
        (
            {"members": (member("a", ALICE), member("b", BOB, tls_certificates=(certificate("a"),)))},
            {},
            "directory.duplicate",
        ),
        ({"members": (member("a", ALICE, tls_certificates=(certificate("x"),) * 2),)}, {}, "directory.duplicate"),
        (
            {"members": (member("a", ALICE), member("b", BOB, tls_certificates=(certificate("a", number=1),)))},
            {},
            "directory.duplicate",
        ),
        (
            {"members": (member("b", BOB, tls_certificates=(certificate("b"), certificate("w1", number=1))),)},
            {},
            "directory.duplicate",
        ),
        ({"members": (member("a", ALICE, tls_certificates=(b"x",)),)}, {}, (DecodeError, "certificate.form")),
        (
            {"quote_issuers": (NamedKey(name="q", key=bytes(32)),) * 2},
            {},
            "directory.duplicate",
        ),
        ({"witnesses": (witness("w", 1), witness("w", 2))}, {}, "directory.duplicate"),
        ({"witnesses": (witness("w", 1), witness("v", 1))}, {}, "directory.duplicate"),
    ],
    ids=range(14),
)
def test_what_is_no_directory_to_believe_is_refused_by_name(change, given, check):
    expected = check if isinstance(check, tuple) else (VerifyError, check)
    assert refusal(opened, directory(**change), **given) == expected


def test_a_member_that_is_a_witness_too_shows_one_certificate():
    both = replace(witness("w1", 1), tls_certificates=(certificate("alice"),))
    opened(directory(witnesses=(both, witness("w2", 2))))


def test_the_edges_of_a_directorys_time():
    opened(directory(expires=NOW + 1))
    opened(directory(issued=NOW + CLOCK_SKEW_S))


def test_another_object_of_the_authority_is_no_directory():
    data = cose.sign(NamedKey(name="n", key=bytes(32)), seed=AUTHORITY)
    assert refusal(open_directory, data, authority=public_key(AUTHORITY), now=NOW) == (DecodeError, "cose.type")


PUBLIC = bytes(1216)


def key(not_before, not_after, **changes):
    return SealingKey(
        **{"kid": cose.kid(PUBLIC), "public": PUBLIC, "not_before": not_before, "not_after": not_after, **changes}
    )


def bundle(**changes):
    return KeyBundle(
        **{
            "network": "net",
            "vasp": "alice",
            "serial": 3,
            "identity_keys": (public_key(ALICE),),
            "sealing_keys": (key(NOW - HOUR, NOW + HOUR),),
            "tls_pins": (bytes(32),),
            "log_origin": "log.alice.example",
            "log_key": bytes(32),
            "packs": (),
            "endpoint": "alice.example:443",
            "previous": None,
            "issued": NOW - HOUR,
            "expires": NOW + HOUR,
            **changes,
        }
    )


def opened_bundle(content=None, *, seed=ALICE, newest=0):
    data = cose.sign(content or bundle(), seed=seed)
    return open_bundle(data, member=member("alice", ALICE), network="net", now=NOW, newest=newest)


def test_a_bundle_opens():
    assert opened_bundle(newest=3) == bundle()


@pytest.mark.parametrize(
    ("change", "given", "check"),
    [
        ({}, {"seed": BOB}, (VerifyError, "signature.kid")),
        ({"network": "another"}, {}, (PolicyError, "bundle.subject")),
        ({"vasp": "bob"}, {}, (PolicyError, "bundle.subject")),
        ({"log_origin": "log2.alice.example"}, {}, (PolicyError, "bundle.log")),
        ({}, {"newest": 4}, (PolicyError, "bundle.rollback")),
        ({"expires": NOW}, {}, (PolicyError, "bundle.expired")),
        ({"issued": NOW + CLOCK_SKEW_S + 1}, {}, (PolicyError, "bundle.early")),
        ({"sealing_keys": (key(0, 1), key(0, 1, kid=bytes(8)))}, {}, (VerifyError, "bundle.kid")),
    ],
    ids=range(8),
)
def test_what_is_no_bundle_to_believe_is_refused_by_name(change, given, check):
    assert refusal(opened_bundle, bundle(**change), **given) == check


def test_the_edges_of_a_bundles_time():
    opened_bundle(bundle(issued=NOW + CLOCK_SKEW_S, expires=NOW + 1))


def test_the_newest_key_in_force_is_taken():
    keys = (key(NOW - 9, NOW + 9), key(NOW - 5, NOW + 9), key(NOW - 1, NOW), key(NOW + CLOCK_SKEW_S + 1, NOW + 9999))
    assert sealing_key(bundle(sealing_keys=keys), now=NOW) == keys[1]
    assert sealing_key(bundle(sealing_keys=(key(NOW + CLOCK_SKEW_S, NOW + 9999),)), now=NOW)


def test_a_bundle_without_a_key_in_force_seals_nothing():
    expired = bundle(sealing_keys=(key(0, NOW), key(NOW + CLOCK_SKEW_S + 1, NOW + 9999)))
    assert refusal(sealing_key, expired, now=NOW) == (PolicyError, "bundle.sealing")


TRUST = Trust(directory=directory())


def test_members_are_known_by_their_id_and_their_certificate():
    assert TRUST.member("bob").vasp == "bob"
    assert TRUST.member_by_pin(pin(certificate("bob"))).vasp == "bob"
    for act, given in ((TRUST.member, "carol"), (TRUST.member, "Bob"), (TRUST.member_by_pin, bytes(32))):
        assert refusal(act, given) == (PolicyError, "member.unknown")


def test_a_kid_means_something_only_within_the_vasp_that_an_object_names():
    kid = cose.kid(public_key(ALICE))
    assert TRUST.identity_of("alice", kid) == public_key(ALICE)
    assert refusal(TRUST.identity_of, "bob", kid) == (VerifyError, "signature.kid")
    assert refusal(TRUST.identity_of, "carol", kid) == (PolicyError, "member.unknown")


def test_quote_issuers_are_those_of_the_directory():
    assert TRUST.quote_issuer("quotes.example") == bytes(32)
    assert refusal(TRUST.quote_issuer, "another") == (PolicyError, "quote.issuer")
