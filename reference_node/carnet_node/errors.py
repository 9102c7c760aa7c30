"""What can go wrong around the protocol; nothing here is ever told to a peer."""


class NodeError(Exception):
    """The root of the node's own errors: one clear line for whoever runs it."""


class ConfigError(NodeError):
    """What the operator gave us cannot be used: the message names the key and the file."""


class StoreConflict(NodeError):  # noqa: N818 - a state of affairs, named by what is so
    """Somebody else changed what was to be replaced."""


class StoreFatal(NodeError):  # noqa: N818 - a state of affairs, named by what is so
    """The database cannot be used; nothing was overwritten."""


class Unreachable(NodeError):  # noqa: N818 - a state of affairs, named by what is so
    """The counterparty's node did not answer; trying again may help."""


class Refused(NodeError):  # noqa: N818 - a state of affairs, named by what is so
    """The counterparty's node answered with a refusal, *code*; trying the same again rarely helps."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with code {code}")
        self.code = code


class CommandError(NodeError):
    """A command cannot be carried out as it was given."""
