"""``python -m carnet_audit``."""

from carnet_audit.cli import main

if __name__ == "__main__":
    main()
