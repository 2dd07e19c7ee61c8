"""rhoscope models: which networks there are, and what one of them costs."""

from __future__ import annotations

import argparse
from typing import Any

from engine.cli.console import DONE, quiet_stdout, write_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("models", help="list the models, or describe one")
    _add_json(parser, "list_json")
    parser.add_argument("--markdown", action="store_true", help="every variant with what it costs, as one table")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="action", metavar="info")
    info = actions.add_parser("info", help="parameters, multiply-adds and weights of one model")
    info.add_argument("name", metavar="NAME", help="a registered name, with or without :variant")
    info.add_argument(
        "--num-classes", type=int, default=21, metavar="N", help="classes that it tells apart (default: 21)"
    )
    _add_json(info, "info_json")
    info.set_defaults(run=run_info)


def run(args: argparse.Namespace) -> int:
    if args.markdown:
        with quiet_stdout():
            text = models_table()
        print(text, end="")
        return DONE
    models = list_models()
    if args.list_json is not None:
        write_json(args.list_json, {"models": models})
        return DONE
    width = max(len(model["name"]) for model in models)
    for model in models:
        print(f"{model['name']:<{width}}  {model['title']}")
        print(f"{'':<{width}}  variants: {', '.join(model['variants']) or 'none'}")
        print(f"{'':<{width}}  weights: {', '.join(model['weights']) or 'none come along'}")
    return DONE


def run_info(args: argparse.Namespace) -> int:
    """Describe one model; raises SettingError for an unknown name or an odd number of classes."""
    with quiet_stdout():
        from engine.models.counting import describe

        description = describe(args.name, num_classes=args.num_classes)
    if args.info_json is not None:
        write_json(args.info_json, description)
        return DONE
    _print_description(description)
    return DONE


def list_models() -> list[dict[str, Any]]:
    """Every registered architecture, as the JSON has it. Needs no torch."""
    from engine.models.registry import ARCHITECTURES, available_weights

    return [
        {
            "name": architecture.name,
            "variants": list(architecture.variants),
            "title": architecture.title,
            "staged": architecture.staged,
            "weights": [path.name for path in available_weights(architecture)],
        }
        for architecture in ARCHITECTURES
    ]


def models_table(*, num_classes: int = 21) -> str:
    """What `models info` says of every variant, as one Markdown table."""
    from engine.models.counting import describe
    from engine.models.registry import model_names

    lines = [
        "| model | what it is | stages | parameters | at inference | GMAC at 512×512 | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in model_names():
        info = describe(name, num_classes=num_classes)
        counts = (f"{info[key]:,}".replace(",", " ") for key in ("params", "params_inference"))
        macs = info["macs_512"]
        cells = (f"`{name}`", info["title"], f"{len(macs) - 1}", *counts, f"{macs['total'] / 1e9:.1f}", info["source"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _print_description(description: dict[str, Any]) -> None:
    variant = f":{description['variant']}" if description["variant"] else ""
    print(f"{description['name']}{variant}, {description['num_classes']} classes")
    print(
        f"parameters  {description['params'] / 1e6:.2f} M, {description['params_inference'] / 1e6:.2f} M at inference"
    )
    for name, count in description["params_by_part"].items():
        print(f"  {name:<16} {count / 1e6:8.3f} M")
    print("multiply-adds at 512×512")
    for name, count in description["macs_512"].items():
        print(f"  {name:<16} {count / 1e9:8.2f} G")
    print(f"weights  {', '.join(description['weights']) or 'none come along'}")


def _add_json(parser: argparse.ArgumentParser, name: str) -> None:
    """--json FILE, --json - and a bare --json, which means standard output."""
    parser.add_argument(
        "--json", dest=name, nargs="?", const="-", metavar="FILE", help='as JSON; "-" or nothing for standard output'
    )
