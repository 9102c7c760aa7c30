"""One node, from its start to a signal."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import Signals
from typing import Any

from carnet.cli.files import alone_with
from carnet.errors import UsageError
from carnet.secret import Secret
from carnet_node.app import App
from carnet_node.commands import Commands
from carnet_node.config import Config
from carnet_node.control import Control
from carnet_node.errors import ConfigError, NodeError
from carnet_node.observe import configure


async def serve(
    config: Config, *, passphrase: bytes, ready: Callable[[dict[str, Any]], None], signals: tuple[Signals, ...]
) -> None:
    """Run the node of *config* until one of *signals*; tell *ready* when it serves.

    Raises:
        NodeError: It cannot start, or a part of it cannot go on.
    """
    configure(config.observe.level)
    stop = asyncio.Event()
    for each in signals:
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    with _alone(config.paths.keystore):
        app = App(config, passphrase=Secret(passphrase))
        control = Control(config.paths.control, Commands(app).handle)
        try:
            await control.start()
            await app.start()
            ready({"ready": True, "vasp": app.party.vasp, "endpoint": app.endpoint, "pid": os.getpid()})
            await _until(stop, app)
        finally:
            await control.stop()
            await app.stop()


@contextmanager
def _alone(keystore: Path) -> Iterator[None]:
    """Hold *keystore* for this process: two nodes with one identity would fork its log and its bundles."""
    with ExitStack() as stack:
        try:
            stack.enter_context(alone_with(keystore))
        except UsageError as error:
            raise ConfigError(f"{keystore.parent}: a node runs already with this keystore") from error
        yield


async def _until(stop: asyncio.Event, app: App) -> None:
    stopping = asyncio.ensure_future(stop.wait())
    failing = asyncio.ensure_future(app.failed.get())
    await asyncio.wait({stopping, failing}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if failing.done() and not stop.is_set():
        error = failing.result()
        raise error if isinstance(error, NodeError) else NodeError(f"a part of the node failed: {type(error).__name__}")
    failing.cancel()
