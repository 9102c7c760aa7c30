"""Law as data: packs, their sources, quotes, and what they say of a payload."""

from carnet.crypto import cose
from carnet.errors import PolicyError, UsageError
from carnet.identity.directory import Trust
from carnet.ivms101 import read
from carnet.messages import Directory, NamedKey
from carnet.policy import (
    Leg,
    PolicyPack,
    Quote,
    check_pack,
    check_quote,
    compile_pack,
    cross_value,
    excess,
    in_force,
    minimise,
    missing,
    pack_hash,
    tier_for,
    value_of,
)
from carnet.policy.signed import open_pack
from carnet.policy.tier import Tier
from fuzz.of_json import parsed, payloads
from fuzz.of_objects import PUBLIC, SEED, signed
from fuzz.seeds import first, vectors, world
from fuzz.table import target
from pack_files import ALL, NAMES, source


@target("pack", family="policy", grammar="cbor", seeds=vectors("policy_pack", "pack"))
def read_pack(data):
    """A pack that means something judges any payload."""
    pack = check_pack(PolicyPack.decode(data))
    assert pack.encode() == data
    pack_hash(pack)
    _judge(pack)
    in_force(pack, at=1_790_000_000, unverified=True)


def _judge(pack):
    identity = world().payload().identity
    for rule in pack.legs:
        tier_for(rule, 0)
        for tier in Tier:
            missing(identity, rule, tier)
            excess(identity, rule, tier)
            minimise(identity, rule, tier)


@target("pack.resigned", family="policy", grammar="cbor", seeds=vectors("policy_pack", "pack"))
def read_resigned_pack(data):
    there = world().trust.directory
    issuers = {"pack_issuers": (NamedKey(name="packs", key=PUBLIC),)}
    values = {field.name: getattr(there, field.name) for field in Directory.FIELDS}
    trust = Trust(directory=Directory(**values | issuers))
    open_pack(signed(PolicyPack, data, SEED), trust=trust)


@target(
    "pack.source",
    family="policy",
    grammar="text",
    refuses=(UsageError, UnicodeDecodeError),
    seeds=lambda: [source(name).encode() for name in NAMES],
)
def read_source(data):
    pack = compile_pack(data.decode())
    assert PolicyPack.decode(pack.encode()) == pack


@target("quote", family="policy", grammar="cbor", seeds=vectors("policy_quote", "quote"))
def read_quote(data):
    case = first("policy_quote")
    quote = Quote.decode(data)
    check_quote(quote, asset=case["asset_text"], now=case["now"])
    for amount in (0, 1, 10**8, 2**256 - 1):
        try:
            value = value_of(quote, amount)
        except PolicyError:
            continue
        assert value * quote.scale >= amount * quote.price
    cross_value(1000, of=quote, into=Quote.decode(case["quote"]))


@target("quote.resigned", family="policy", grammar="cbor", seeds=vectors("policy_quote", "quote"))
def read_resigned_quote(data):
    quote = cose.open_signed(Quote, signed(Quote, data), resolve=lambda _claim, _kid: PUBLIC)
    assert quote.encode() == data


@target("law", family="policy", grammar="json", seeds=payloads)
def judge_by_all_laws(data):
    """Whatever the payload is, every shipped pack says what it lacks."""
    identity = read(parsed(data)).identity
    for pack in ALL:
        for rule in (rule for rule in pack.legs if rule.leg is Leg.VASP):
            for tier in Tier:
                missing(identity, rule, tier)
                spare = minimise(identity, rule, tier)
                assert not excess(spare, rule, tier)
