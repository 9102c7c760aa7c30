#!/bin/sh
# Write the Python stubs of proto/ into protocol/carnet/rpc/v1, which is committed; CI runs this and compares.
# The argument is another root to write below; PYTHON names the interpreter that has grpcio-tools and mypy-protobuf.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
out=${1:-protocol}
PATH="$(dirname "$python"):$PATH" "$python" -m grpc_tools.protoc -I proto \
    --python_out="$out" --grpc_python_out="$out" --mypy_out="$out" --mypy_grpc_out="$out" \
    proto/carnet/rpc/v1/*.proto
