"""A ledger that several nodes of one machine share: a file of JSON lines, one per transaction."""

import asyncio
import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Final

from carnet_node.ports import Deposit


class FileChain:
    """The ledger in *path*."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._read = 0
        self._deposits: dict[str, Deposit] = {}

    async def lookup(self, txid: str) -> Deposit | None:
        """Return what transaction *txid* moved, or None while the ledger does not show it."""
        if txid not in self._deposits:
            await asyncio.to_thread(self._catch_up)
        return self._deposits.get(txid)

    async def send(self, deposit: Deposit, *, reference: str) -> str:
        """Append a transaction of *deposit*; for the same *reference* nothing moves twice."""
        txid = hashlib.sha256(b"carnet-sandbox/" + reference.encode()).hexdigest()
        if await self.lookup(txid) is None:
            await asyncio.to_thread(self._append, txid, deposit)
        return txid

    def _append(self, txid: str, deposit: Deposit) -> None:
        entry = {"txid": txid, "asset": deposit.asset, "address": deposit.address, "amount": str(deposit.amount)}
        with self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _catch_up(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # somebody is writing it
                self._read += len(line)
                entry = json.loads(line)
                deposit = Deposit(asset=entry["asset"], address=entry["address"], amount=int(entry["amount"]))
                self._deposits[entry["txid"]] = deposit
