"""The commands of ``carnet-audit``, one module each; `carnet_audit.cli` registers each in one line."""
