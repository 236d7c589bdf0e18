"""Compile the contracts into the artifacts that the repository carries, or check that they are up to date."""

from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, progress


def main(
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; end with 1 if an artifact is not what the sources give."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Compile the contracts into their committed artifacts.

    Example: wattpact compile --check
    """
    from chain.compile import TARGETS, compare, compile_target, find_compiler, write

    compiler = find_compiler()
    differences = []
    with progress("Compiling", total=len(TARGETS), silent=json) as bar:
        for target in TARGETS:
            bar.say(f"Compiling {target.contract}")
            document = compile_target(target, compiler=compiler)
            difference = compare(target, document)
            if difference is not None:
                differences.append(difference)
                if not check:
                    write(target, document)
            bar.advance()
    if json:
        emit_json({"contracts": [t.contract for t in TARGETS], "changed": differences, "written": not check})
    elif not differences:
        print(f"{len(TARGETS)} artifacts are what their sources compile to")
    else:
        for difference in differences:
            print(difference if check else f"{difference.file}: written")
    if check and differences:
        raise typer.Exit(1)


cli = command(main)

if __name__ == "__main__":
    cli()
