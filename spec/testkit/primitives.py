"""Suites `coins`, `derive`, `padding`, `carriers`, `box`, `locked_file`, `hpke` and `certificate` (spec/crypto.md)."""

from kit import vector

from carnet import wire
from carnet.crypto import hpke, kdf, lockbox, padding
from carnet.crypto.coins import hedged, visible_coins
from carnet.messages import Closing, carry
from carnet.params import CLOSING_SIZE, ENC_SIZE
from carnet.secret import Secret

SECRET = visible_coins("a secret that everybody knows")(32)


# --- coins and derivation --------------------------------------------------------------------------------------------


@vector("coins")
def visible():
    """Three draws of visible coins."""
    coins = visible_coins("Grüezi")
    return {"sentence_text": "Grüezi", "draws": [coins(count) for count in (1, 32, 200)], "expect": "ok"}


@vector("coins")
def hedged_over_visible():
    """Two draws of hedged coins, where the coins are visible ones."""
    coins = hedged(visible_coins("fresh"), witness=Secret(SECRET), context=b"context")
    return {
        "sentence_text": "fresh",
        "witness": SECRET,
        "context": b"context",
        "draws": [coins(count) for count in (32, 64)],
        "expect": "ok",
    }


def derived(label, *context, length=32):
    """Return a derivation from SECRET."""
    return {
        "secret": SECRET,
        "label_text": label,
        "context": wire.encode(list(context)),
        "length": length,
        "derived": kdf.Deriver(Secret(SECRET)).derive(label, *context, length=length),
        "expect": "ok",
    }


@vector("derive")
def without_context():
    """The label alone."""
    return derived("example")


@vector("derive")
def with_context():
    """A context of a text, a number and bytes."""
    return derived("example", "a/b", 7, b"\x00")


@vector("derive")
def label_and_context_do_not_run_together():
    """The context ("x", "y") is not the context ("xy")."""
    return derived("example", "x", "y")


@vector("derive")
def longer_than_a_hash():
    """64 bytes take two blocks of HKDF."""
    return derived("example", length=64)


# --- padding ---------------------------------------------------------------------------------------------------------


def padded(data, floor, expect="ok"):
    """Return a padded form, and for which floor."""
    return {"padded": data, "floor": floor, "expect": expect}


@vector("padding")
def below_the_floor():
    """What is small is filled up to the floor."""
    return padded(padding.pad(b"data", floor=16), 16) | {"data": b"data"}


@vector("padding")
def nothing():
    """Nothing has a length too."""
    return padded(padding.pad(b"", floor=16), 16) | {"data": b""}


@vector("padding")
def above_the_floor():
    """What is larger is filled up to the next Padme size: 4 + 127 bytes become 144."""
    return padded(padding.pad(bytes(range(127)), floor=16), 16) | {"data": bytes(range(127))}


@vector("padding")
def length_cut():
    """Less than a length."""
    return padded(b"\0\0\0", 16, "padding.form")


@vector("padding")
def length_too_large():
    """The length is larger than what follows."""
    return padded((13).to_bytes(4, "big") + bytes(12), 16, "padding.form")


@vector("padding")
def filled_with_ones():
    """What fills up must be zeros."""
    return padded(padding.pad(b"data", floor=16)[:-1] + b"\1", 16, "padding.form")


@vector("padding")
def one_byte_more():
    """There is one padded form, and it has no byte more."""
    return padded(padding.pad(b"data", floor=16) + b"\0", 16, "padding.form")


@vector("padding")
def one_byte_less():
    """Nor one less, even where only zeros are cut."""
    return padded(padding.pad(b"data", floor=16)[:-1], 16, "padding.form")


CLOSING = Closing(statement=b"statement", sealed_txid=None)


def carrier(data, expect="ok"):
    """Return a carrier of a closing."""
    return {"message_text": "closing-carrier", "carrier": data, "expect": expect}


@vector("carriers")
def closing():
    """A closing as it travels."""
    return carrier(carry(CLOSING)) | {"data": CLOSING.encode()}


@vector("carriers")
def not_padded():
    """The message alone does not travel."""
    return carrier(CLOSING.encode(), "padding.form")


@vector("carriers")
def padded_nothing():
    """Well padded, but there is nothing inside."""
    return carrier(padding.pad(b"", floor=CLOSING_SIZE), "wire.truncated")


# --- at rest ---------------------------------------------------------------------------------------------------------

KEY, CONTEXT = visible_coins("the key of a box")(32), b"context"
BOX = lockbox.seal_box(Secret(KEY), b"content", context=CONTEXT, coins=visible_coins("a nonce"))


def box(sealed=BOX, key=KEY, context=CONTEXT, expect="box.open"):
    """Return a box and what shall open it."""
    return {"key": key, "context": context, "box": sealed, "expect": expect}


@vector("box")
def sealed_box():
    """A box, with its content."""
    return box(expect="ok") | {"content": b"content"}


@vector("box")
def another_key():
    """Another key does not open it."""
    return box(key=bytes(32))


@vector("box")
def another_context():
    """Another context does not open it."""
    return box(context=b"contexT")


@vector("box")
def box_cut():
    """The last byte of the tag is missing."""
    return box(BOX[:-1])


@vector("box")
def box_of_a_nonce():
    """A nonce is not a box."""
    return box(BOX[:24])


PHRASE, PURPOSE = b"correct horse battery staple", b"carnet/example/v1"
LOCK = lockbox.Lock.new(Secret(PHRASE), coins=visible_coins("a salt"), cost=lockbox.Cost(1, 8192))
FILE = LOCK.close(b"content", purpose=PURPOSE, coins=visible_coins("another nonce"))


def file(data=FILE, phrase=PHRASE, purpose=PURPOSE, expect="ok"):
    """Return a locked file and what shall unlock it."""
    return {"file": data, "passphrase": phrase, "purpose": purpose, "expect": expect}


def file_with(**changes):
    """Return FILE with other fields."""
    locked = lockbox.LockedFile.decode(FILE)
    fields = {field.name: getattr(locked, field.name) for field in locked.FIELDS}
    return lockbox.LockedFile(**{**fields, **changes}).encode()


@vector("locked_file")
def locked():
    """A file at the least cost, with its content."""
    return file() | {"content": b"content"}


@vector("locked_file")
def another_passphrase():
    """The passphrase is wrong."""
    return file(phrase=b"correct horse battery stapler", expect="box.open")


@vector("locked_file")
def another_purpose():
    """A file for one purpose is not taken for another."""
    return file(purpose=b"carnet/keystore/v1", expect="keyfile.purpose")


@vector("locked_file")
def purpose_changed():
    """The purpose was changed in the file: it is bound to the box."""
    return file(file_with(purpose=b"carnet/keystore/v1"), purpose=b"carnet/keystore/v1", expect="box.open")


@vector("locked_file")
def salt_changed():
    """Another salt makes another key."""
    return file(file_with(salt=bytes(16)), expect="box.open")


@vector("locked_file")
def no_passes():
    """A cost below the least."""
    return file(file_with(passes=0), expect="keyfile.cost")


@vector("locked_file")
def too_many_passes():
    """Seventeen passes."""
    return file(file_with(passes=17), expect="keyfile.cost")


@vector("locked_file")
def too_much_memory():
    """One byte more than a gibibyte."""
    return file(file_with(memory=2**30 + 1), expect="keyfile.cost")


@vector("locked_file")
def too_little_memory():
    """One byte less than 8 KiB."""
    return file(file_with(memory=8191), expect="keyfile.cost")


@vector("locked_file")
def not_a_keystore():
    """It unlocks, but what is inside is no keystore."""
    purpose = b"carnet/keystore/v1"
    data = LOCK.close(b"content", purpose=purpose, coins=visible_coins("a third nonce"))
    return file(data, purpose=purpose, expect="keyfile.content") | {"message_text": "keystore"}


# --- sealing: only what needs no randomness --------------------------------------------------------------------------

SEED = visible_coins("a sealing key")(32)
PUBLIC = hpke.PrivateKey(Secret(SEED)).public


@vector("hpke")
def key_expansion():
    """A private key's seed, and the public key that belongs to it."""
    return {"seed": SEED, "public": PUBLIC, "expect": "ok"}


@vector("hpke")
def public_key_cut():
    """A public key of another length."""
    return {"public": PUBLIC[:-1], "expect": "hpke.public"}


@vector("hpke")
def public_key_not_reduced():
    """Coefficients of 4,095, where 3,328 is the largest."""
    return {"public": b"\xff" * 1184 + PUBLIC[1184:], "expect": "hpke.public"}


@vector("hpke")
def public_key_of_small_order():
    """The X25519 part is the point of order one: what is agreed is known to everybody."""
    return {"public": PUBLIC[:1184] + b"\1" + bytes(31), "expect": "hpke.public"}


@vector("hpke")
def enc_too_short():
    """One byte of the KEM ciphertext went over to the ciphertext."""
    return {"seed": SEED, "enc": bytes(ENC_SIZE - 1), "ciphertext": bytes(17), "info": b"", "expect": "hpke.enc"}


@vector("hpke")
def enc_of_small_order():
    """Zeros for a KEM ciphertext."""
    return {"seed": SEED, "enc": bytes(ENC_SIZE), "ciphertext": bytes(16), "info": b"", "expect": "hpke.open"}


@vector("hpke")
def sealed_to_another():
    """A well-formed KEM ciphertext that leads to another secret."""
    enc = b"\x42" * 1088 + b"\x09" + bytes(31)
    return {"seed": SEED, "enc": enc, "ciphertext": bytes(16), "info": b"", "expect": "hpke.open"}


# --- certificates ----------------------------------------------------------------------------------------------------

CERTIFICATE = bytes.fromhex(
    "3082015e30820105a003020102021467d1145db518ebd6fb54fb9a9e20a9b0deadf0dd300a06082a8648ce3d04030230193117301506035504"
    "030c0e6361726e65742e696e76616c6964301e170d3233313131343232313332305a170d3234313131333232313332305a3019311730150603"
    "5504030c0e6361726e65742e696e76616c69643059301306072a8648ce3d020106082a8648ce3d03010703420004a7263b9480ea193dd4a83c"
    "f7e2f740c9fc5abf9e3b4c760700ae3907c1f64585fbcc0000f3a6f4d430b97901d24f72758aa20b8de08ad6c4290dd316e4364c0fa32b3029"
    "300c0603551d130101ff0402300030190603551d1104123010820e6361726e65742e696e76616c6964300a06082a8648ce3d04030203470030"
    "4402201e123bb977f15fe41e1845a4a1b06bd5b8bd0ab3117b79a4fa6c8c6da989e2e9022076b68700da7cfd27f4c28216359298e4af638cf6"
    "1356613672bd88bee308c217"
)


@vector("certificate")
def certificate():
    """A node's certificate; ECDSA draws its own randomness, so it was made once."""
    return {"certificate": CERTIFICATE, "expect": "ok"}


@vector("certificate")
def certificate_cut():
    """The last byte is missing."""
    return {"certificate": CERTIFICATE[:-1], "expect": "certificate.form"}


@vector("certificate")
def no_certificate():
    """No bytes are no certificate."""
    return {"certificate": b"", "expect": "certificate.form"}
