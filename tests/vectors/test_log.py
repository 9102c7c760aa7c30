"""S9: the log's vectors (spec/log.md), each run in every way that it can be."""

from carnet.errors import OrderError
from carnet.log import tiles
from carnet.log.checkpoint import (
    Checkpoint,
    log_key,
    open_checkpoint,
    parse_vkey,
    sign_checkpoint,
    unverified_note,
)
from carnet.log.inclusion import InclusionRequest, open_answer
from carnet.log.merkle import verify_consistency, verify_inclusion
from carnet.log.tlog_proof import decode_tlog_proof, open_tlog_proof
from carnet.log.witness import AddCheckpoint, WitnessPolicy, attach, cosign, open_cosigned
from carnet.secret import Secret
from vector_files import each, outcome


def judge(case, act):
    """Act, hold the outcome to what the vector expects, and return the result of what succeeded."""
    results = []
    assert outcome(lambda: results.append(act())) == case["expect"], case["why"]
    return results[0] if results else None


@each("inclusion")
def test_s9_inclusion(case):
    given = {key: case[key] for key in ("index", "size", "leaf", "path", "root")}
    judge(case, lambda: verify_inclusion(**given))


@each("consistency")
def test_s9_consistency(case):
    given = {key: case[key] for key in ("old_size", "new_size", "old_root", "new_root", "path")}
    judge(case, lambda: verify_consistency(**given))


@each("tiles_path")
def test_a_path_of_a_log(case):
    place = judge(case, lambda: tiles.parse_path(case["path_text"]))
    if place is not None:
        assert (place.path, place.index, place.width) == (case["path_text"], case["index"], case["width"])
        assert getattr(place, "level", None) == case.get("level")
        assert getattr(place, "tree", None) == case.get("tree_text")


@each("tiles_growth")
def test_the_growth_of_a_log(case):
    paths = [each.path for each in tiles.changed_tiles(old_size=case["old_size"], new_size=case["new_size"])]
    if "paths_text" in case:
        assert paths == case["paths_text"]
    else:
        assert len(paths) == case["count"]
        assert [path for path in paths if ".p/" in path] == case["partial_text"]


@each("tile")
def test_a_tile(case):
    hashes = judge(case, lambda: tiles.decode_tile(case["data"], width=case["width"]))
    if hashes is not None:
        assert hashes == case["hashes"]
        assert tiles.encode_tile(hashes) == case["data"]


@each("bundle")
def test_a_bundle(case):
    items = judge(case, lambda: tiles.decode_bundle(case["data"], width=case["width"]))
    if items is not None:
        assert items == case["items"]
        assert tiles.encode_bundle(items) == case["data"]


@each("checkpoint")
def test_s9_a_checkpoint(case):
    keys = [parse_vkey(line) for line in case["keys_text"]]
    opened = judge(case, lambda: open_checkpoint(case["note"], origin=case["origin_text"], keys=keys))
    if opened is not None:
        assert opened == Checkpoint(origin=case["origin_text"], size=case["size"], root=case["root"])
        assert unverified_note(case["note"]).encode() == case["note"]
    if "seed" in case:
        seed = Secret(case["seed"])
        assert log_key(case["origin_text"], seed) == keys[0]
        assert sign_checkpoint(opened, seed=seed) == case["note"]


@each("vkey")
def test_the_line_of_a_key(case):
    key = judge(case, lambda: parse_vkey(case["vkey_text"]))
    if key is not None:
        assert (key.name, key.kind, key.key, key.id) == (case["name_text"], case["kind"], case["key"], case["id"])
        assert str(key) == case["vkey_text"]


@each("add_checkpoint")
def test_s9_a_request_to_a_witness(case):
    known = case["known"]
    seen = known and Checkpoint(origin=case["origin_text"], size=known["size"], root=known["root"])

    def answer():
        request = AddCheckpoint.decode(case["body"])
        assert request.encode() == case["body"]
        return cosign(
            request,
            known=seen,
            log_keys=[parse_vkey(line) for line in case["keys_text"]],
            witness=case["witness_text"],
            now=case["now"],
            seed=Secret(case["seed"]),
        )

    answered = judge(case, answer)
    if answered is not None:
        size, root = case["size"], case["root"]
        assert answered == (Checkpoint(origin=case["origin_text"], size=size, root=root), case["line"])
    if "detail_text" in case:
        try:
            answer()
        except OrderError as error:
            told = error.detail
        assert told == case["detail_text"]


@each("cosignature")
def test_s9_a_cosigned_checkpoint(case):
    opened = judge(
        case,
        lambda: open_cosigned(
            case["note"],
            origin=case["origin_text"],
            keys=[parse_vkey(line) for line in case["keys_text"]],
            witnesses=[parse_vkey(line) for line in case["witnesses_text"]],
            quorum=case["quorum"],
        ),
    )
    if opened is not None:
        checkpoint, seen = opened
        assert checkpoint.origin == case["origin_text"]
        assert [(each.witness, each.time) for each in seen] == list(
            zip(case["seen_by_text"], case["times"], strict=True)
        )
        assert attach(case["note"], []) == case["note"]


@each("tlog_proof")
def test_s9_an_offline_proof(case):
    witnesses = tuple(parse_vkey(line) for line in case["witnesses_text"])
    opened = judge(
        case,
        lambda: open_tlog_proof(
            case["proof"],
            entry=case["entry"],
            origin=case["origin_text"],
            keys=[parse_vkey(line) for line in case["keys_text"]],
            policy=WitnessPolicy(witnesses=witnesses, quorum=case["quorum"]),
        ),
    )
    if opened is not None:
        checkpoint = Checkpoint(origin=case["origin_text"], size=case["size"], root=case["root"])
        assert (opened.index, opened.checkpoint) == (case["index"], checkpoint)
        assert [each.witness for each in opened.cosignatures] == case["seen_by_text"]
        unverified = decode_tlog_proof(case["proof"])
        assert unverified.extra == case["extra"]
        assert unverified.encode() == case["proof"]


@each("inclusion_answer")
def test_what_another_log_answers(case):
    assert InclusionRequest.decode(case["request"]).entries == tuple(case["entries"])
    policy = WitnessPolicy(witnesses=tuple(map(parse_vkey, case["witnesses_text"])), quorum=case["quorum"])
    keys = [parse_vkey(line) for line in case["keys_text"]]
    found = judge(
        case,
        lambda: open_answer(case["answer"], case["entries"], origin=case["origin_text"], keys=keys, policy=policy),
    )
    if found is not None:
        assert found == case["proofs"]
        for entry, proof in zip(case["entries"], found, strict=True):
            if proof is not None:
                open_tlog_proof(proof, entry=entry, origin=case["origin_text"], keys=keys, policy=policy)
