"""What others need for one durable step on the same server: a row written, acknowledged to who asked.

DBOS: a workflow of one step; its own transaction, which would write the row exactly once as Lotse does, takes longer.
procrastinate: a job, deferred and run by one worker, which answers once the row is committed and before it is noted as
done. Each has a process, a database and a pool of its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from itertools import count

from tests.bench.neighbour import Neighbour
from tests.bench.towns import Towns
from tests.postgres import run

_TABLE = "CREATE TABLE steps (number bigint PRIMARY KEY, body bytea NOT NULL)"
_WRITE = "INSERT INTO steps (number, body) VALUES (%(number)s, %(body)s)"
MOST = 64
POOL = 16
POLL = 0.02
"""Seconds after which the worker looks for jobs of which it heard nothing; with its usual 5 one alone took 170 ms."""
_BODY = bytes(700)
"""About as much as an entry of the log has."""


def contenders(stack: ExitStack, made: Towns, delay: int, portion: int) -> dict[str, Callable[[], float]]:
    """Each with one and with 64 in flight; ready when this returns."""
    found: dict[str, Callable[[], float]] = {}
    for name in ("dbos", "procrastinate"):
        database = f"{name}{delay}"
        run(made.server.url(), f"CREATE DATABASE {database}")
        run(made.server.url(database), _TABLE)
        process = stack.enter_context(Neighbour("peers", f"with_{name}", url=made.server.url(database)))
        process.answer()
        for callers in (1, MOST):
            found[f"{name}{callers}"] = partial(_turn, process, callers, portion)
    return found


def _turn(process: Neighbour, callers: int, portion: int) -> float:
    process.ask(callers=callers, portion=portion)
    return float(process.answer())


@contextmanager
def with_dbos(url: str) -> Iterator[Callable[[int, int], float]]:
    """A workflow of one step that writes one row, over a pool of its own."""
    from dbos import DBOS
    from psycopg_pool import ConnectionPool

    DBOS(config={"name": "steps", "system_database_url": url, "log_level": "ERROR"})

    @DBOS.step()
    def write(number: int) -> None:
        with pool.connection() as connection:
            connection.execute(_WRITE, {"number": number, "body": _BODY})

    @DBOS.workflow()
    def step(number: int) -> None:
        write(number)

    numbers = count(1)

    def turn(callers: int, portion: int) -> float:
        began = time.perf_counter()
        if callers == 1:
            for _ in range(portion):
                step(next(numbers))
        else:
            handles = [DBOS.start_workflow(step, next(numbers)) for _ in range(portion)]
            for handle in handles:
                handle.get_result()
        return (time.perf_counter() - began) / portion

    with ConnectionPool(url, min_size=POOL, max_size=POOL, open=True) as pool:
        DBOS.launch()
        try:
            yield turn
        finally:
            DBOS.destroy()


Job = Callable[[], Awaitable[None]]


@contextmanager
def with_procrastinate(url: str) -> Iterator[Callable[[int, int], float]]:
    """A job that writes one row, and one worker for 64 of them at once."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        job = runner.run(stack.enter_async_context(_jobs(url)))
        try:
            yield lambda callers, portion: runner.run(_took(job, callers, portion))
        finally:
            runner.run(stack.aclose())


@asynccontextmanager
async def _jobs(url: str) -> AsyncIterator[Job]:
    """What defers a job and waits until it has written."""
    from procrastinate import App, PsycopgConnector
    from psycopg_pool import AsyncConnectionPool

    app = App(connector=PsycopgConnector(conninfo=url, min_size=POOL, max_size=POOL))
    written: dict[int, asyncio.Event] = {}
    numbers = count(1)

    @app.task(name="step")
    async def step(number: int) -> None:
        async with pool.connection() as connection:
            await connection.execute(_WRITE, {"number": number, "body": _BODY})
        written.pop(number).set()

    async def job() -> None:
        number = next(numbers)
        done = written[number] = asyncio.Event()
        await step.defer_async(number=number)
        await done.wait()

    async with app.open_async(), AsyncConnectionPool(url, min_size=POOL, max_size=POOL, open=False) as pool:
        await app.schema_manager.apply_schema_async()
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=MOST, install_signal_handlers=False, fetch_job_polling_interval=POLL
            )
        )
        yield job
        worker.cancel()
        await asyncio.wait([worker])


async def _took(job: Job, callers: int, portion: int) -> float:
    left = iter(range(portion))

    async def caller() -> None:
        for _ in left:
            await job()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return (time.perf_counter() - began) / portion
