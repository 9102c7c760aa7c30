"""What `make mutants` asked for: mistakes that no other test noticed."""

from carnet.crypto.group import group
from carnet.crypto.transcript import Transcript
from carnet.zk.batch import Batch, public_coins


def test_a_weight_is_made_of_sixteen_bytes():
    drawn = []

    def coins(count):
        drawn.append(count)
        return b"\xff" * count

    assert Batch(group(), coins).weight() == 2**128
    assert drawn == [16]


def test_the_weights_of_one_proof_are_asked_under_their_label():
    on, same = (Transcript(b"carnet/test/v1") for _ in range(2))
    assert public_coins(on)(16) == same.ask(b"weight", 16)
