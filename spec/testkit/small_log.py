"""A log of 25 entries and its two witnesses, for the suites that need one; no vectors."""

from hashlib import sha256

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.log.checkpoint import Checkpoint, log_key, sign_checkpoint, unverified_note
from carnet.log.merkle import Frontier, consistency_path, leaf_hash, tree_root
from carnet.log.witness import AddCheckpoint, cosignature_line, witness_key

ORIGIN = "vasp.example/carnet"
SEED = generate_seed(visible_coins("the log of vasp.example"))
KEY = log_key(ORIGIN, SEED)
NAMES = ["one.example/witness", "two.example/witness"]
SEEDS = [generate_seed(visible_coins(f"the witness {name}")) for name in NAMES]
WITNESSES = [witness_key(name, seed) for name, seed in zip(NAMES, SEEDS, strict=True)]
NOW = 1_800_000_000


class Log:
    """A log of 25 entries, one of which may be forged."""

    def __init__(self, forged=None):
        self.stored, tree = {}, Frontier()
        for number in range(25):
            entry = sha256(b"forged" if number == forged else b"record %d" % number).digest()
            for level, completed in enumerate(tree.append(leaf_hash(entry))):
                self.stored[level, number >> level] = completed

    def read(self, level, index):
        """Return the hash of a subtree."""
        return self.stored[level, index]

    def checkpoint(self, size):
        """Return the checkpoint of a size."""
        return Checkpoint(origin=ORIGIN, size=size, root=tree_root(self.read, size=size))

    def note(self, size):
        """Return that checkpoint, signed."""
        return sign_checkpoint(self.checkpoint(size), seed=SEED)

    def request(self, old, new):
        """Return what the log asks of a witness."""
        path = consistency_path(self.read, old_size=old, new_size=new) if 0 < old <= new else []
        return AddCheckpoint(old_size=old, path=tuple(path), note=unverified_note(self.note(new))).encode()


LOG = Log()


def line(number, size=25, now=NOW):
    """Return the cosignature of a witness."""
    return cosignature_line(LOG.checkpoint(size), witness=NAMES[number], now=now, seed=SEEDS[number])
