"""`aftersales …`: the command line."""

import argparse
import asyncio
import gc
import http.client
import logging
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aftersales import logs
from aftersales.backup import backup, restore, verify
from aftersales.config import Settings, load_settings
from aftersales.db.bootstrap import bootstrap, bootstrap_external
from aftersales.db.embedded import THROWAWAY, EmbeddedServer
from aftersales.db.migrate import require_current, upgrade, write_revision
from aftersales.kernel import own_packages

# What these need takes a second to import, which `db stop` should not wait for.
LONG_RUNNING = {
    "demo": "aftersales.supervisor:run_demo",
    "run": "aftersales.serve:run_server",
    "worker": "aftersales.serve:run_worker",
}
PLAY = "aftersales.service_day:run_play"
# A good story: a cover that ends and one that holds, a yes and a no, a return, a visit that is moved.
PLAY_SEED = 2
# A server that is asked whether it is ready asks its database first.
ASK_SECONDS = 10.0
LOAD_REGISTRY = "aftersales.registry:load_registry"
STANDING = "aftersales.updates.channels.registry:standing"
SETTING_UP = "aftersales.setting_up"
IMPORTING = "aftersales.importing"
ENROLLING = "aftersales.enrolling"
HANDING = "aftersales.handing"
BOUNCING = "aftersales.bouncing"
NEW_PUSH_KEY = "aftersales.updates.channels.sealing:new_key"
FORECASTING = "aftersales.promises.commands"
# What these take is said where they are carried out, and read only when they are called for.
DECLARED = {
    "setup": f"{SETTING_UP}:add_arguments",
    "import": f"{IMPORTING}:add_arguments",
    "export": f"{HANDING}:add_export",
    "erase": f"{HANDING}:add_erase",
    "forecast": f"{FORECASTING}:add_arguments",
    "updates": "aftersales.telling:add_arguments",
    "staff": f"{ENROLLING}:add_staff_arguments",
    "branch": f"{ENROLLING}:add_branch_arguments",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 well, 1 with a message on standard error, 2 for a wrong command."""
    given = sys.argv[1:] if arguments is None else arguments
    chosen = parser(given).parse_args(given)
    try:
        settings = load_settings()
        logs.configure(settings.log_level, settings.log_format, own_packages())
        # The application has logged it already, without the words of the error: they may be a customer's.
        logging.getLogger("uvicorn.error").addFilter(lambda record: record.exc_info is None)
        return int(chosen.command(settings, chosen) or 0)
    except KeyboardInterrupt:
        return 130
    # Whatever went wrong is said in a line; who needs the trace sets the log level to debug.
    except Exception as error:
        logging.getLogger(__name__).debug("failed", exc_info=True)
        print(f"aftersales {chosen.name}: {error}", file=sys.stderr)
        return 1


def parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """All commands and their help; what some of them take is declared elsewhere, and read where it is called for."""
    top = argparse.ArgumentParser(prog="aftersales", description="After-sales service, from the command line.")
    commands = top.add_subparsers(dest="name", required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[Settings, argparse.Namespace], int | None], about: str) -> Any:
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(command=command)
        if name in DECLARED and name in arguments[:1]:
            pkgutil.resolve_name(DECLARED[name])(one)
        return one

    demo = add("demo", _demo, "a believable company on this machine: database, data, server and worker")
    demo.add_argument("--play", action="store_true", help="and a service day of about three minutes in it")
    play = add("play", _play, "a service day in the demonstration that runs here")
    for one in (demo, play):
        one.add_argument("--seed", type=int, default=PLAY_SEED, help="another number, another story")
    add("run", _long_running, "the server")
    add("worker", _long_running, "a worker; run as many as you like")
    add("ready", _ready, "ask the server or worker at AFTERSALES_OPERATIONS_PORT whether it can do its work")
    add("migrate", _migrate, "bring the database to this version")
    add("setup", _setup, "the first service centre and the first sign-in of an empty installation")
    add("staff", _enrol, "add colleagues, list them, end and begin their access, make new passwords")
    add("branch", _enrol, "add service centres, and list them")
    add("import", _import, "take in a CSV file of customers, products, units or past repairs")
    saving = add("backup", _backup, "back up the embedded database and the files, while everything goes on")
    saving.add_argument("folder", type=Path)
    saving.add_argument("--whole", action="store_true", help="not just what changed since the last one")
    saving.add_argument("--verify", action="store_true", help="make none: read all that are there and check them")
    restoring = add("restore", _restore, "bring the newest backup into an empty AFTERSALES_DATA_DIR, and check it")
    restoring.add_argument("folder", type=Path)
    add("export", _export, "write a list as CSV, or everything about one customer as a zip file")
    add("erase", _erase, "say what would be erased of a customer, and with their number erase it")
    add("forecast", _forecast, "replay a log of cases: how good forecasts would have been")
    _add_channels(add)
    add("updates", _updates, "what customers are told: the matrix of texts, and registered templates")
    add("check", _check, "verify everything that the installed modules declare")
    add("modules", _modules, "list the installed modules")
    database = add("db", _database, "the embedded database, or the preparation of one of your own")
    database.add_argument("what", choices=("start", "stop", "prepare"))
    database.add_argument("url", nargs="?", help="prepare: the address of a superuser on your own server")
    revision = add("migration", _migration, "for developers: write a migration from the models")
    revision.add_argument("message")
    return top


def _add_channels(add: Callable[..., Any]) -> None:
    bouncing = add("bounces", _bounces, "take in mail to our address: one message from standard input")
    bouncing.add_argument("--maildir", type=Path, metavar="FOLDER", help="all new messages of this maildir instead")
    add("push-key", _push_key, "make a key for web push")


def _loaded(name: str) -> Any:
    """What stays to the end of the process. Looked through for garbage meanwhile, it takes a sixth longer to load, and
    ever after every look at all there is would take a tenth of a second."""
    gc.disable()
    try:
        return pkgutil.resolve_name(name)
    finally:
        gc.freeze()
        gc.enable()


def _long_running(settings: Settings, chosen: argparse.Namespace) -> None:
    _loaded(LONG_RUNNING[chosen.name])(settings)


def _demo(settings: Settings, chosen: argparse.Namespace) -> None:
    _loaded(LONG_RUNNING["demo"])(settings, chosen.seed if chosen.play else None)


def _play(settings: Settings, chosen: argparse.Namespace) -> None:
    pkgutil.resolve_name(PLAY)(settings, chosen.seed)


def _forecast(_: Settings, chosen: argparse.Namespace) -> None:
    pkgutil.resolve_name(f"{FORECASTING}:run")(chosen)


def _migrate(settings: Settings, _: argparse.Namespace) -> None:
    if settings.database_url is not None:
        if settings.migration_url is None:
            raise ValueError("set AFTERSALES_MIGRATION_URL: the database's address as the owner of its tables")
        upgrade(settings.migration_url)
        asyncio.run(require_current(settings.database_url))
        return
    server = EmbeddedServer(settings.data_dir)
    server.start()
    try:
        upgrade(asyncio.run(bootstrap(server)).owner_url)
    finally:
        server.close()


def _ready(settings: Settings, _: argparse.Namespace) -> int:
    if settings.operations_port is None:
        raise ValueError("set AFTERSALES_OPERATIONS_PORT to the port of the server or worker that you mean")
    at = http.client.HTTPConnection(settings.operations_host, settings.operations_port, timeout=ASK_SECONDS)
    try:
        at.request("GET", "/readyz")
        answer = at.getresponse()
        print(answer.read().decode())
    finally:
        at.close()
    return 0 if answer.status == http.HTTPStatus.OK else 1


def _setup(settings: Settings, chosen: argparse.Namespace) -> None:
    pkgutil.resolve_name(f"{SETTING_UP}:run")(settings, chosen)


def _enrol(settings: Settings, chosen: argparse.Namespace) -> None:
    pkgutil.resolve_name(f"{ENROLLING}:run_{chosen.name}")(settings, chosen)


def _import(settings: Settings, chosen: argparse.Namespace) -> int:
    code: int = pkgutil.resolve_name(f"{IMPORTING}:run")(settings, chosen)
    return code


def _backup(settings: Settings, chosen: argparse.Namespace) -> None:
    if chosen.verify:
        print(f"{verify(chosen.folder.absolute())} backups, whole and as they were made")
    else:
        print(backup(settings, chosen.folder.absolute(), whole=chosen.whole))


def _restore(settings: Settings, chosen: argparse.Namespace) -> None:
    restore(settings, chosen.folder.absolute())
    print(f"restored into {settings.data_dir} and checked")


def _export(settings: Settings, chosen: argparse.Namespace) -> None:
    pkgutil.resolve_name(f"{HANDING}:export")(settings, chosen)


def _erase(settings: Settings, chosen: argparse.Namespace) -> int:
    return int(pkgutil.resolve_name(f"{HANDING}:erase")(settings, chosen))


def _bounces(settings: Settings, chosen: argparse.Namespace) -> int:
    return int(pkgutil.resolve_name(f"{BOUNCING}:run")(settings, chosen))


def _push_key(_: Settings, __: argparse.Namespace) -> None:
    print(f"AFTERSALES_PUSH_PRIVATE_KEY={pkgutil.resolve_name(NEW_PUSH_KEY)()}")


def _updates(settings: Settings, chosen: argparse.Namespace) -> int:
    return int(pkgutil.resolve_name("aftersales.telling:run")(settings, chosen))


def _check(settings: Settings, _: argparse.Namespace) -> int:
    registry = pkgutil.resolve_name(LOAD_REGISTRY)()
    problems = registry.check()
    for line in pkgutil.resolve_name(STANDING)(settings):
        print(f"channel {line}")
    for line in settings.gateways():
        print(f"gateway {line}")
    for problem in problems:
        print(problem)
    print(f"{len(registry.modules)} modules, {len(problems)} problems")
    return 1 if problems else 0


def _modules(_: Settings, __: argparse.Namespace) -> None:
    for module in pkgutil.resolve_name(LOAD_REGISTRY)().modules:
        needs = f" (needs {', '.join(module.depends)})" if module.depends else ""
        print(f"{module.name:16} {module.title}{needs}")


def _database(settings: Settings, chosen: argparse.Namespace) -> None:
    server = EmbeddedServer(settings.data_dir)
    if chosen.what == "start":
        server.start()
        try:
            addresses = asyncio.run(bootstrap(server))
            server.keep()
        finally:
            server.close()
        print(f"running in {server.data}\n  application  {addresses.app_url}\n  superuser    {server.dsn('postgres')}")
    elif chosen.what == "stop":
        if server.data.exists():
            server.stop()
    else:
        if chosen.url is None:
            raise ValueError("give a superuser's address: aftersales db prepare postgresql://postgres:…@host/postgres")
        addresses = asyncio.run(bootstrap_external(chosen.url))
        print(f"AFTERSALES_DATABASE_URL={addresses.app_url}\nAFTERSALES_MIGRATION_URL={addresses.owner_url}")


def _migration(_: Settings, chosen: argparse.Namespace) -> None:
    # Against a database made by the migrations alone, so that nothing lying about in a developer's own leaks in.
    with tempfile.TemporaryDirectory(prefix="aftersales-") as folder:
        server = EmbeddedServer(Path(folder), THROWAWAY)
        server.start()
        try:
            owner_url = asyncio.run(bootstrap(server)).owner_url
            upgrade(owner_url)
            write_revision(owner_url, chosen.message)
        finally:
            server.close()


if __name__ == "__main__":
    sys.exit(main())
