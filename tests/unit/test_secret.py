"""Secrets and private messages do not show: in reprs, in logs, in pickles, in comparisons, in error texts."""

import copy
import dataclasses
import logging
import pickle
import traceback

import pytest

from carnet.crypto import hpke, lockbox
from carnet.crypto.coins import visible_coins
from carnet.crypto.kdf import Deriver
from carnet.errors import UsageError
from carnet.identity.keystore import Keystore, SealingSecret, new_keystore
from carnet.messages import NamedKey
from carnet.schema import Message, message
from carnet.secret import Secret

CANARY = b"canary-canary-canary-canary-32-b"
WORDS = (b"canary", CANARY.hex().encode(), repr(CANARY).encode())


def keystore():
    return new_keystore(
        network="net",
        vasp="vasp",
        log_origin="log.example",
        tls=(Secret(CANARY), b"certificate"),
        now=0,
        coins=lambda count: CANARY[:count],
    )


HOLDERS = {
    "Secret": lambda: Secret(CANARY),
    "Deriver": lambda: Deriver(Secret(CANARY)),
    "hpke.PrivateKey": lambda: hpke.PrivateKey(Secret(CANARY)),
    "Lock": lambda: lockbox.Lock(Secret(CANARY), salt=bytes(16), cost=lockbox.Cost(1, 8192)),
    "Keystore": keystore,
    "SealingSecret": lambda: SealingSecret(seed=CANARY, not_before=0, not_after=1),
}
each_holder = pytest.mark.parametrize("make", HOLDERS.values(), ids=HOLDERS)


def shows(text):
    data = text if isinstance(text, bytes) else text.encode()
    return any(word in data for word in WORDS)


@each_holder
def test_no_repr_str_or_format_shows_it(make):
    holder = make()
    for text in (repr(holder), str(holder), f"{holder}", f"{holder!a}", f"{[holder]} {(holder,)}", f"{holder}"):
        assert not shows(text)
    assert repr(holder).startswith(type(holder).__name__) or repr(holder).startswith("<")


@each_holder
def test_no_log_record_shows_it(make, caplog):
    holder = make()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").error("%s %r", holder, {"key": holder})
    assert caplog.records
    assert not shows(caplog.text)


@each_holder
def test_no_traceback_with_it_in_the_arguments_shows_it(make):
    try:
        make().no_such_method()
    except AttributeError as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert not shows(text)


@each_holder
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(make, protocol):
    with pytest.raises(TypeError):
        pickle.dumps(make(), protocol)


@each_holder
def test_it_is_not_copied_by_accident(make):
    with pytest.raises(TypeError):
        copy.deepcopy(make())


def test_a_secret_is_revealed_on_request_only():
    assert Secret(CANARY).reveal() == CANARY


def test_secrets_are_neither_compared_nor_hashed():
    with pytest.raises(TypeError, match="compare_digest"):
        _ = Secret(1) == Secret(1)
    with pytest.raises(TypeError, match="compare_digest"):
        _ = Secret(1) != 1
    with pytest.raises(TypeError):
        hash(Secret(1))
    with pytest.raises(AttributeError):
        _ = Secret(1).__dict__


def test_a_private_message_inside_another_does_not_show(monkeypatch):
    monkeypatch.setattr("carnet.schema.MESSAGES", {})

    @message("outer")
    class Outer(Message):
        inner: SealingSecret

    outer = Outer(inner=SealingSecret(seed=CANARY, not_before=0, not_after=1))
    assert not shows(repr(outer))
    with pytest.raises(TypeError):
        copy.deepcopy(outer)


def test_the_error_of_a_bad_field_names_the_field_and_shows_nothing():
    with pytest.raises(UsageError, match=r"SealingSecret\.seed is not bytes\(32\)") as error:
        SealingSecret(seed=CANARY + b"x", not_before=0, not_after=1)
    assert not shows("".join(traceback.format_exception(error.value)).replace("CANARY", ""))


def test_messages_that_are_not_private_may_show_and_travel():
    key = NamedKey(name="n", key=bytes(32))
    assert "name='n'" in repr(key)
    assert pickle.loads(pickle.dumps(key)) == key  # noqa: S301 - our own bytes


def test_private_messages_can_still_be_changed_and_encoded():
    before = keystore()
    after = dataclasses.replace(before, serial=7)
    assert Keystore.decode(after.encode()).serial == 7
    assert visible_coins("x")(1)
