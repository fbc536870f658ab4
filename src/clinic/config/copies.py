"""A copy of the whole database in one file, and a copy opened beside the living one: SQLite's own online backup, or
`pg_dump`. Neither stops anybody's work.
"""

from __future__ import annotations

import os
import sqlite3  # the one library of the process, which the settings have chosen
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql
from psycopg.conninfo import make_conninfo

from effleurage.errors import InputError

COPY = "copy"
"""The name under which the framework knows an opened copy."""


def write_copy(target: Path) -> None:
    """The database as it is at one moment, as one file."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(str(target))
        try:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # so that it is one file, without a log beside it
        finally:
            copy.close()
    else:
        run_tool("pg_dump", "--format=custom", "--no-owner", f"--file={target}", _name())
    with target.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def laid_out(file: Path) -> Iterator[str]:
    """Opens a copy to look at it: the name of its connection. On PostgreSQL it becomes a database for that long."""
    if connection.vendor == "sqlite":
        with opened(str(file)) as alias:
            yield alias
        return
    name = f"{_name()}_checked"
    lay_out_postgresql(file, name)
    try:
        with opened(name) as alias:
            yield alias
    finally:
        drop(name)


@contextmanager
def opened(name: str) -> Iterator[str]:
    """Another database of the same kind, beside the living one."""
    connections.databases[COPY] = {**connections.databases["default"], "NAME": name}
    if connection.vendor == "sqlite":
        connections.databases[COPY]["OPTIONS"] = {"init_command": "PRAGMA foreign_keys=ON;PRAGMA trusted_schema=OFF"}
    try:
        yield COPY
    finally:
        connections[COPY].close()
        del connections[COPY]
        del connections.databases[COPY]


def damage(using: str) -> list[str]:
    """What the database itself finds wrong with a copy. PostgreSQL has found it while it read the copy in."""
    if connections[using].vendor != "sqlite":
        return []
    with connections[using].cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        found = [str(row[0]) for row in cursor.fetchall() if row[0] != "ok"]
        cursor.execute("PRAGMA foreign_key_check")
        return found + [f"{row[0]} {row[1]} names a row of {row[2]} that is not there" for row in cursor.fetchall()]


def rows(using: str) -> dict[str, int]:
    """How many rows each table has."""
    found = {}
    with connections[using].cursor() as cursor:
        for table in sorted(connections[using].introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connections[using].ops.quote_name(table)}")  # noqa: S608 - the database's own names
            found[table] = cursor.fetchone()[0]
    return found


def schema(using: str) -> list[str]:
    """The migrations that a database has gone through."""
    return sorted(".".join(key) for key in MigrationRecorder(connections[using]).applied_migrations())


# ---- PostgreSQL


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def server() -> dict[str, str]:
    """How to reach the server, without the database's name."""
    wanted = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return {name: connection.settings_dict[key] for name, key in wanted.items() if connection.settings_dict[key]}


@contextmanager
def outside(*, autocommit: bool) -> Iterator[psycopg.Connection]:
    """A connection for commands about whole databases, where none of them is open. Raises InputError for a refusal."""
    try:
        with psycopg.connect(make_conninfo("", **server(), dbname="postgres"), autocommit=autocommit) as direct:
            yield direct
    except psycopg.errors.InsufficientPrivilege as fault:
        raise InputError(
            where="PostgreSQL",
            what=f"{str(fault).strip()}.",
            remedy="A copy is checked in a database of its own. As its administrator: ALTER ROLE the_user CREATEDB.",
        ) from None
    except psycopg.errors.ObjectInUse as fault:
        raise InputError(
            where="PostgreSQL", what=f"{str(fault).strip()}.", remedy="End whatever uses it, then try again."
        ) from None


def rename(*pairs: tuple[str, str]) -> None:
    """Gives databases other names, all or none."""
    with outside(autocommit=False) as direct:
        for old, new in pairs:
            names = (sql.Identifier(old), sql.Identifier(new))
            direct.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))


def drop(name: str) -> None:
    with outside(autocommit=True) as direct:
        direct.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def lay_out_postgresql(file: Path, name: str) -> None:
    """Reads a copy into a new database, in the place of one of this name that an interrupted run left."""
    drop(name)
    with outside(autocommit=True) as direct:
        direct.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    run_tool("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={name}", str(file))


def run_tool(tool: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs. Raises InputError with its last words."""
    to = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    env: dict[str, Any] = {**os.environ, **{to[name]: value for name, value in server().items()}}
    try:
        done = subprocess.run([tool, *arguments], env=env, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise InputError(
            where=tool, what="This program is not here.", remedy="Install PostgreSQL's client programs."
        ) from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise InputError(
            where=tool, what=said[-1] if said else f"It ended with {done.returncode}.", remedy="Nothing was changed."
        )
