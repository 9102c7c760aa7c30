import socket
import threading
import time

import pytest

from carnet_node.demo.network import free_ports
from carnet_node.demo.tap import HOST, Tap


@pytest.fixture
def line():
    """Yield a tap in front of a server that answers in capitals, and a caller on the other end."""
    port, target = free_ports(2)
    server = socket.create_server((HOST, target))

    def serve():
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(100):
                connection.sendall(data.upper())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with Tap(port=port, target=target) as tap, socket.create_connection((HOST, port), timeout=5) as caller:
        yield tap, caller
    server.close()
    thread.join(5)


def test_what_passes_is_kept(line):
    tap, caller = line
    caller.sendall(b"abc")
    assert caller.recv(100) == b"ABC"
    assert tap.seen == (b"abc", b"ABC")


def test_answers_can_be_swallowed(line):
    tap, caller = line
    tap.swallows_answers = True
    caller.sendall(b"abc")
    while tap.seen[1] != b"ABC":
        time.sleep(0.01)
    caller.settimeout(0.1)
    with pytest.raises(TimeoutError):
        caller.recv(1)


def test_a_cut_line_ends_for_both(line):
    tap, caller = line
    caller.sendall(b"abc")
    assert caller.recv(100) == b"ABC"
    tap.close()
    assert caller.recv(1) == b""


def test_nobody_behind_the_tap_looks_like_nobody_there():
    port, target = free_ports(2)
    with Tap(port=port, target=target), socket.create_connection((HOST, port), timeout=5) as caller:
        assert closed(caller)


def closed(caller):
    try:
        return caller.recv(1) == b""
    except ConnectionError:
        return True
