"""`nidaa user`: who may log in."""

from __future__ import annotations

import asyncio
import getpass
import sys
from typing import Annotated

import typer

from nidaa.cli.common import fail, say
from nidaa.settings import Paths

app = typer.Typer(no_args_is_help=True, help="Users: list, add, set a password.")


@app.command("list")
def list_() -> None:
    """List the users."""
    from crm_api.users.commands import list_users

    for user in asyncio.run(list_users(Paths.from_environment())):
        extension = user.extension or "-"
        say(f"{user.login:24} {user.role:12} {extension:8} {user.name}")


@app.command()
def add(
    login: str,
    name: Annotated[str, typer.Option(help="The name shown to others.")],
    role: Annotated[str, typer.Option(help="agent, supervisor or admin.")] = "agent",
    extension: Annotated[str, typer.Option(help="Their extension, for an agent.")] = "",
    queue: Annotated[list[str] | None, typer.Option(help="A queue to be member of.")] = None,
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    from crm_api.errors import ApiError
    from crm_api.users.commands import create_user

    password = _password()
    paths = Paths.from_environment()
    try:
        asyncio.run(
            create_user(
                paths,
                login=login,
                name=name,
                role=role,
                password=password,
                extension=extension,
                queues=tuple(queue or ()),
            )
        )
    except ApiError as error:
        fail(str(error))
    say(f"{login} was added.")


@app.command()
def password(login: str) -> None:
    """Set a user's password; it is asked for, or read from standard input."""
    from crm_api.errors import ApiError
    from crm_api.users.commands import set_password

    try:
        asyncio.run(set_password(Paths.from_environment(), login, _password()))
    except ApiError as error:
        fail(str(error))
    say(f"The password of {login} was set; every session of theirs has ended.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        fail("the two passwords differ")
    return first
