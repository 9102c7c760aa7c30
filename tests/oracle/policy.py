"""What is missing and what is too much, from spec/policy.md alone: on a pack's raw CBOR and a payload's JSON."""

import cbor2

PERSONS = {
    1: ("/originator/originatorPerson", True),
    2: ("/beneficiary/beneficiaryPerson", True),
    3: ("/originatingVASP/originatingVASP", False),
    4: ("/beneficiaryVASP/beneficiaryVASP", False),
}


def elements(data, labels, at=""):
    """The pointers of the present elements that a path names."""
    if data in (None, []):
        return []
    if not labels:
        return [at]
    if labels[0] == "*":
        return [one for n, item in enumerate(data) for one in elements(item, labels[1:], f"{at}/{n}")]
    return elements(data.get(labels[0]), labels[1:], f"{at}/{labels[0]}")


def people(payload, subject):
    pointer, many = PERSONS[subject]
    data = payload
    for label in pointer.split("/")[1:]:
        data = (data or {}).get(label)
    if not many:
        return [(pointer, data or {})]
    return [(f"{pointer}/{n}", person) for n, person in enumerate(data or [{}])]


def lacks(pointer, person, alternatives):
    sets = [[path for path in paths if not elements(person, path.split("/"))] for paths in alternatives]
    fewest = min(len(each) for each in sets)
    chosen = next(each for each in sets if len(each) == fewest)
    return [pointer + "/" + path.replace("*", "0") for path in chosen]


def missing(pack: bytes, leg: int, tier: int, payload):
    (rule,) = (each for each in cbor2.loads(pack)[8] if each[1] == leg)
    asked = []
    for entry in rule[6] if tier == 2 else rule[7]:
        everybody = people(payload, entry[1])
        if entry[2] == 2:
            everybody = [(at, who) for at, who in everybody if "naturalPerson" in who or "legalPerson" not in who]
        if entry[2] == 3:
            everybody = [(at, who) for at, who in everybody if "legalPerson" in who]
        each = [lacks(at, who, entry[3]) for at, who in everybody]
        if entry[2] == 1:
            fewest = min(len(one) for one in each)
            each = [next(one for one in each if len(one) == fewest)]
        asked += [path for one in each for path in one]
    return [path for n, path in enumerate(asked) if path not in asked[:n]]


def excess(pack: bytes, leg: int, tier: int, payload):
    (rule,) = (each for each in cbor2.loads(pack)[8] if each[1] == leg)
    barred = [] if tier == 2 else rule[8]
    found = [one for path in barred for one in elements(payload, path.split("/"))]
    return [path for n, path in enumerate(found) if path not in found[:n]]
