import json

import pytest

from carnet.testing.world import identity_json

from .conftest import CANARY, carnet, cheap_and_known, done


@pytest.fixture(scope="module")
def offer(network, tmp_path_factory):
    home = tmp_path_factory.mktemp("offer")
    with cheap_and_known():
        outcome = network.seal(network.payload(home / "payload.json"), home / "offer.bin")
    assert outcome.status == 0, outcome.err
    return home / "offer.bin"


def test_an_offer_is_sealed_to_its_one_recipient(network, tmp_path):
    outcome = network.seal(network.payload(tmp_path / "payload.json"), tmp_path / "offer.bin", "--counter", 7)
    sealed = outcome.json
    assert (sealed["originator"], sealed["beneficiary"], sealed["counter"]) == ("alice", "bob", 7)
    assert (sealed["tier"], sealed["required"], sealed["problems"]) == ("FULL", "FULL", [])
    assert sealed["size"] == (tmp_path / "offer.bin").stat().st_size == 8192
    assert sealed.keys() == {
        "offer",
        "tier",
        "required",
        "network",
        "originator",
        "beneficiary",
        "transfer_id",
        "revision",
        "counter",
        "issued",
        "expires",
        "sealing_kid",
        "header_hash",
        "payload_root",
        "size",
        "problems",
    }


def test_the_recipient_opens_it_and_sees_no_name_unasked(network, offer):
    outcome = network.open(offer, "--json")
    assert outcome.status == 0
    opened = outcome.json
    assert (opened["verdict"], opened["code"], opened["check"], opened["paths"]) == ("ACCEPTABLE", None, None, [])
    assert opened["checks"] == ["OPENED", "QUOTE", "TIER", "FIELDS"]
    assert opened["tier"] == "FULL"
    assert CANARY not in outcome.out
    assert CANARY not in network.open(offer).out


def test_the_recipient_sees_the_data_when_asked(network, offer):
    opened = network.open(offer, "--json", "--show-personal-data").json
    assert CANARY in json.dumps(opened["identity"])
    assert opened["transfer"]["amount"] == 1_000_000
    assert CANARY in network.open(offer, "--show-personal-data").out


def test_nobody_else_opens_it(network, offer):
    outcome = network.open(offer, by="carol")
    assert (outcome.status, outcome.out) == (1, "")
    assert f"{offer}: offer.recipient" in outcome.err


def test_a_changed_offer_is_refused(network, offer, tmp_path):
    data = bytearray(offer.read_bytes())
    data[4000] ^= 1
    (tmp_path / "changed").write_bytes(data)
    outcome = network.open(tmp_path / "changed")
    assert outcome.status == 1
    assert "header.ct_hash" in outcome.err


@pytest.mark.parametrize("size", [0, 3, 8191, 70_000])
def test_an_offer_has_one_form(network, tmp_path, size):
    (tmp_path / "offer").write_bytes(bytes(size))
    outcome = network.open(tmp_path / "offer")
    assert outcome.status == 1
    assert outcome.err.startswith(f"carnet: {tmp_path / 'offer'}: ")


def test_a_small_transfer_leaves_out_what_no_law_asks_for(network, tmp_path):
    payload = network.payload(tmp_path / "payload.json", amount=1000)
    sealed = network.seal(payload, tmp_path / "offer.bin", to="carol").json
    assert (sealed["tier"], sealed["required"]) == ("BASIC", "BASIC")
    opened = network.open(tmp_path / "offer.bin", "--json", "--show-personal-data", by="carol").json
    assert opened["verdict"] == "ACCEPTABLE"
    assert CANARY in json.dumps(opened)
    assert "dateAndPlaceOfBirth" not in json.dumps(opened)


def test_too_low_a_tier_is_refused_before_it_leaves(network, tmp_path):
    payload = network.payload(tmp_path / "payload.json")
    outcome = network.seal(payload, tmp_path / "offer.bin", "--tier", "basic")
    assert outcome.status == 1
    assert "fields.tier" in outcome.err
    assert not (tmp_path / "offer.bin").exists()
    assert network.seal(payload, tmp_path / "offer.bin", "--tier", "none").status == 2


def test_a_missing_field_is_named_before_it_leaves(network, tmp_path):
    identity = identity_json(family=CANARY)
    del identity["beneficiary"]["beneficiaryPerson"][0]["accountNumber"]
    outcome = network.seal(network.payload(tmp_path / "payload.json", identity=identity), tmp_path / "offer.bin")
    assert outcome.status == 1
    assert "fields.missing: /beneficiary/beneficiaryPerson/0/accountNumber" in outcome.err
    assert CANARY not in outcome.err
    assert not (tmp_path / "offer.bin").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"surprise": CANARY}, "surprise: unknown key"),
        ({"amount": 1.5}, "amount: "),
        ({"amount": True}, "amount: "),
        ({"amount": "1e6"}, "amount: "),
        ({"amount": -1}, "Transfer.amount"),
        ({"destinationAddress": ""}, "Transfer.destination_address"),
        ({"purpose": CANARY * 100}, "Transfer.purpose"),
    ],
)
def test_a_payload_file_is_checked_without_repeating_it(network, tmp_path, changes, said):
    payload = network.payload(tmp_path / "payload.json", **changes)
    outcome = network.seal(payload, tmp_path / "offer.bin")
    assert (outcome.status, outcome.out) == (2, "")
    assert f"{payload}: {said}" in outcome.err
    assert CANARY not in outcome.err


@pytest.mark.parametrize(
    "text", ["", f'"{CANARY}', "[" * 100_000, f'["{CANARY}"]', "{}", '{"identity": {}}', '{"a": ' + "9" * 5000 + "}"]
)
def test_a_payload_file_is_json_of_one_form(network, tmp_path, text):
    (tmp_path / "payload.json").write_text(text)
    outcome = network.seal(tmp_path / "payload.json", tmp_path / "offer.bin")
    assert outcome.status == 2
    assert outcome.err.startswith(f"carnet: {tmp_path / 'payload.json'}: ")
    assert CANARY not in outcome.err


def test_what_is_no_ivms101_is_refused_by_path(network, tmp_path):
    identity = identity_json(family=CANARY)
    identity["originator"]["originatorPerson"][0]["naturalPerson"]["surprise"] = CANARY
    outcome = network.seal(network.payload(tmp_path / "payload.json", identity=identity), tmp_path / "offer.bin")
    assert outcome.status == 1
    assert "ivms101.field" in outcome.err
    assert CANARY not in outcome.err


def test_the_law_of_both_sides_is_needed(network, tmp_path):
    payload = network.payload(tmp_path / "payload.json")
    alice = ["--keystore", network.home / "alice" / "keystore", "--bundle", network.home / "bob.bundle"]
    prices = ["--quote", network.home / "EUR.quote", "--quote", network.home / "USD.quote"]
    one_pack = ["--pack", network.home / "fatf.pack", "--out", tmp_path / "offer.bin"]
    outcome = carnet("seal", payload, *alice, *network.trust, *prices, *one_pack)
    assert outcome.status == 2
    assert "none is the law of EU" in outcome.err


def test_a_pack_of_an_unknown_issuer_is_refused(network, tmp_path, offer):
    done("issuer", "new", "--name", "other", "--out", tmp_path / "other", "--fast-kdf")
    done("policy", "sign", "eu-tfr-2023", "--issuer", tmp_path / "other", "--out", tmp_path / "eu.pack")
    outcome = network.open(offer, "--pack", tmp_path / "eu.pack")
    assert outcome.status == 1
    assert f"{tmp_path / 'eu.pack'}: signature.kid" in outcome.err


def test_an_offer_that_needs_repair_says_what(network, tmp_path, monkeypatch):
    monkeypatch.setattr("carnet.cli.transfer._check_complete", lambda _prepared: None)
    payload = network.payload(tmp_path / "payload.json")
    assert network.seal(payload, tmp_path / "offer.bin", "--tier", "basic").status == 0
    outcome = network.open(tmp_path / "offer.bin", "--json")
    assert outcome.status == 1
    assert (outcome.json["verdict"], outcome.json["code"]) == ("REPAIR", 154)
    assert "fields.incomplete_identity" in outcome.err
