"""Write the vectors, or check that those committed are what this code writes.

python spec/testkit --write [SUITE ...]
python spec/testkit --check [SUITE ...]
"""

import argparse
import sys

import kit

parser = argparse.ArgumentParser(prog="spec/testkit", description=__doc__.splitlines()[0])
action = parser.add_mutually_exclusive_group(required=True)
action.add_argument("--write", action="store_true", help="write spec/vectors/<suite>.json")
action.add_argument("--check", action="store_true", help="exit with 1 if a file is missing, stale or nobody's")
parser.add_argument("suite", nargs="*", help="these suites only")
arguments = parser.parse_args()

if unknown := sorted(set(arguments.suite) - set(kit.suites())):
    parser.error(f"no such suite: {', '.join(unknown)}")
if arguments.write:
    for name in kit.write(arguments.suite):
        print(f"wrote {name}")
else:
    faults = list(kit.stale(arguments.suite))
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)
