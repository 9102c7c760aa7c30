import pickle

import pytest

from carnet.errors import CarnetError, Code, DecodeError, OrderError, PeerError, PolicyError, UsageError, VerifyError


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (DecodeError, Code.MALFORMED),
        (VerifyError, Code.UNVERIFIED),
        (OrderError, Code.OUT_OF_ORDER),
        (PolicyError, Code.REFUSED),
    ],
)
def test_each_kind_of_refusal_has_one_code(kind, code):
    error = kind("some.check", "3 bytes")
    assert isinstance(error, PeerError)
    assert (error.code, error.check, error.detail, str(error)) == (code, "some.check", "3 bytes", "some.check: 3 bytes")


def test_without_detail_the_text_is_the_check():
    assert str(DecodeError("some.check")) == "some.check"


def test_our_own_mistakes_are_no_refusals():
    assert issubclass(UsageError, CarnetError)
    assert not issubclass(UsageError, PeerError)
    assert not hasattr(UsageError("x"), "code")


def test_a_refusal_survives_the_way_back_from_a_worker_process():
    error = pickle.loads(pickle.dumps(VerifyError("some.check", "3 bytes")))  # noqa: S301 - our own bytes
    assert (type(error), error.check, error.detail, str(error)) == (
        VerifyError,
        "some.check",
        "3 bytes",
        "some.check: 3 bytes",
    )
