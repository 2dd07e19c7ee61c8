"""python -m engine.training RECIPE: the same as `rhoscope train`."""

from __future__ import annotations

import argparse
import sys

from engine.cli.train import add_arguments, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.training", description="Train a layer cascade.")
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
