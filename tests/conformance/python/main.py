# SPDX-License-Identifier: MIT
"""Each case on one environment, with the time it takes by both clocks; then the histories of all, replayed.

main.py SERVER WORK
"""
import asyncio
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import timedelta
from pathlib import Path

import temporalio
from temporalio.client import WorkflowFailureError
from temporalio.common import TypedSearchAttributes, SearchAttributeKey, SearchAttributePair
from temporalio.exceptions import CancelledError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

import workflows
from activities import Activities

REAL_LIMIT = 5.0  # seconds, of each case
QUEUE = "flows"


class World:
    """What a case has: the environment, its activities, and the runs that it leaves to be replayed."""

    def __init__(self, env: WorkflowEnvironment, activities: Activities) -> None:
        self.env = env
        self.activities = activities
        self.handles = []
        self.started = 0

    async def start(self, workflow, *args, **options):
        self.started += 1
        handle = await self.env.client.start_workflow(
            workflow, args=args, id=options.pop("id", f"{workflow.__qualname__}-{self.started}"),
            task_queue=options.pop("task_queue", QUEUE), **options)
        self.handles.append(handle)
        return handle

    async def elapsed(self, since) -> timedelta:
        return await self.env.get_current_time() - since


# ---- Cases ----

async def a_month_of_timers(world: World) -> None:
    handle = await world.start(workflows.Timers.run, 30, 1)
    assert timedelta(days=30).total_seconds() <= await handle.result() < timedelta(days=30, minutes=1).total_seconds()


async def a_timer_of_a_hundred_days(world: World) -> None:
    began = await world.env.get_current_time()
    await (await world.start(workflows.Timers.run, 1, 100)).result()
    assert timedelta(days=100) <= await world.elapsed(began) < timedelta(days=101)


async def retries_with_back_offs(world: World) -> None:
    began = await world.env.get_current_time()
    assert await (await world.start(workflows.Retries.run, 5)).result() == 6
    assert timedelta(minutes=310) <= await world.elapsed(began) < timedelta(minutes=311)


async def signals_and_queries(world: World) -> None:
    handle = await world.start(workflows.Counter.run)
    await handle.signal(workflows.Counter.add, 2)
    await handle.signal(workflows.Counter.add, 3)
    assert await handle.query(workflows.Counter.total) == 5
    await handle.signal(workflows.Counter.end)
    assert await handle.result() == 5
    assert await handle.query(workflows.Counter.total) == 5


async def a_signal_after_a_sleep(world: World) -> None:
    """H12, H13: the clock stands where the sleep left it, so that the signal is in time."""
    handle = await world.start(workflows.Counter.run, run_timeout=timedelta(days=60))
    began = await world.env.get_current_time()
    for _ in range(5):
        await world.env.sleep(timedelta(days=5))
        await asyncio.sleep(0.02)
        await handle.signal(workflows.Counter.add, 1)
    assert timedelta(days=25) <= await world.elapsed(began) < timedelta(days=26)
    await handle.signal(workflows.Counter.end)
    assert await handle.result() == 5


async def nobody_signals(world: World) -> None:
    assert await (await world.start(workflows.Counter.run)).result() == -1


async def a_heartbeat_stops(world: World) -> None:
    """The attempt is at a worker, so its second passes; the day's back-off is skipped."""
    assert await (await world.start(workflows.Silent.run)).result() == "page 7"
    assert world.activities.attempts["falls_silent"] == 2


async def a_workflow_is_canceled(world: World) -> None:
    """H1: the run waits for its activity; afterwards time is skipped as before."""
    handle = await world.start(workflows.Cancelable.run)
    await asyncio.sleep(0.3)
    await handle.cancel()
    try:
        await handle.result()
        raise AssertionError("it was not canceled")
    except WorkflowFailureError as error:
        assert isinstance(error.cause, CancelledError), error.cause
    assert world.activities.canceled


async def a_run_is_terminated_with_an_activity_out(world: World) -> None:
    """H1, H2: nothing of it holds the clock."""
    handle = await world.start(workflows.Runs.run, "takes_a_second", None, None)
    await asyncio.sleep(0.2)
    await handle.terminate()
    began = await world.env.get_current_time()
    real = time.monotonic()
    await world.env.sleep(timedelta(hours=6))
    assert timedelta(hours=6) <= await world.elapsed(began) < timedelta(hours=7)
    assert time.monotonic() - real < 2


async def a_sleeper_is_canceled(world: World) -> None:
    handle = await world.start(workflows.Sleeper.run)
    await world.env.sleep(timedelta(days=100))
    await handle.cancel()
    try:
        await handle.result()
        raise AssertionError("it was not canceled")
    except WorkflowFailureError as error:
        assert isinstance(error.cause, CancelledError), error.cause


async def twenty_days_of_runs(world: World) -> None:
    began = await world.env.get_current_time()
    assert await (await world.start(workflows.Continued.run, 20)).result() == "all days"
    assert timedelta(days=20) <= await world.elapsed(began) < timedelta(days=21)


async def without_skipping(world: World) -> None:
    began = await world.env.get_current_time()
    real = time.monotonic()
    with world.env.auto_time_skipping_disabled():
        handle = await world.start(workflows.Timers.run, 1, 1)
        try:
            await asyncio.wait_for(handle.result(), 0.5)
            raise AssertionError("a day has passed")
        except asyncio.TimeoutError:
            pass
    assert await world.elapsed(began) < timedelta(seconds=time.monotonic() - real + 1)
    await handle.result()
    assert timedelta(days=1) <= await world.elapsed(began)


async def many_wait_at_once(world: World) -> None:
    """H10: each result() unlocks and locks; a month passes for all."""
    handles = [await world.start(workflows.Timers.run, 3, 10) for _ in range(8)]
    results = await asyncio.gather(*[handle.result() for handle in handles])
    assert len(results) == 8
    began = await world.env.get_current_time()
    await asyncio.sleep(0.2)
    assert await world.elapsed(began) < timedelta(seconds=2), "it is locked again"


async def sleeps_beside_each_other(world: World) -> None:
    """One may be over before the next begins."""
    began = await world.env.get_current_time()
    await asyncio.gather(*[world.env.sleep(timedelta(hours=hours)) for hours in (1, 2, 3)])
    assert timedelta(hours=3) <= await world.elapsed(began) < timedelta(hours=7)


async def a_sleep_beside_an_activity_at_work(world: World) -> None:
    """The activity ends well before what is slept for: it is not timed out by the sleep."""
    handle = await world.start(workflows.Runs.run, "takes_a_second", None, None)
    await asyncio.sleep(0.2)
    await world.env.sleep(timedelta(days=1))
    assert await handle.result() == "done"


async def an_activity_sleeps(world: World) -> None:
    """H8: by the environment's clock, from within."""
    assert await (await world.start(workflows.Runs.run, "sleeps", None, None)).result() == "slept"


async def no_worker_takes_it(world: World) -> None:
    handle = await world.start(workflows.Runs.run, "greet", "nobody", 1.0)
    assert await handle.result() == "timed out: SCHEDULE_TO_START"


async def workers_on_two_queues(world: World) -> None:
    async with Worker(world.env.client, task_queue="second", workflows=workflows.ALL, activities=world.activities.all()):
        first = await world.start(workflows.Runs.run, "takes_a_second", "second", None)
        second = await world.start(workflows.Timers.run, 2, 7, task_queue="second")
        assert await second.result() >= timedelta(days=14).total_seconds()
        await first.result()


async def without_a_cache(world: World) -> None:
    async with Worker(
        world.env.client, task_queue="uncached", workflows=workflows.ALL, activities=world.activities.all(),
        max_cached_workflows=0):
        handle = await world.start(workflows.Timers.run, 10, 3, task_queue="uncached")
        assert await handle.result() >= timedelta(days=30).total_seconds()


async def a_worker_goes_and_another_comes(world: World) -> None:
    """H14: its sticky queue is left at once, not after ten seconds."""
    handle = None
    for visit in range(3):
        async with Worker(world.env.client, task_queue="visited", workflows=workflows.ALL):
            if handle is None:
                handle = await world.start(workflows.Counter.run, task_queue="visited")
            await handle.signal(workflows.Counter.add, 1)
            assert await handle.query(workflows.Counter.total) == visit + 1
    async with Worker(world.env.client, task_queue="visited", workflows=workflows.ALL):
        await handle.signal(workflows.Counter.end)
        assert await handle.result() == 3


async def memo_and_search_attributes(world: World) -> None:
    key = SearchAttributeKey.for_keyword("CustomKeywordField")
    handle = await world.start(
        workflows.Timers.run, 1, 1, memo={"by": "Ada"},
        search_attributes=TypedSearchAttributes([SearchAttributePair(key, "gold")]))
    await handle.result()
    described = await handle.describe()
    assert await described.memo_value("by") == "Ada"
    assert described.typed_search_attributes[key] == "gold"


CASES = [
    a_month_of_timers, a_timer_of_a_hundred_days, retries_with_back_offs, signals_and_queries, a_signal_after_a_sleep,
    nobody_signals, a_heartbeat_stops, a_workflow_is_canceled, a_run_is_terminated_with_an_activity_out,
    a_sleeper_is_canceled, twenty_days_of_runs, without_skipping, many_wait_at_once, sleeps_beside_each_other,
    a_sleep_beside_an_activity_at_work, an_activity_sleeps, no_worker_takes_it, workers_on_two_queues, without_a_cache,
    a_worker_goes_and_another_comes, memo_and_search_attributes,
]


# ---- What needs no world ----

async def the_download_cache(server: str) -> None:
    """Where the SDK would keep what it downloads, it finds the server: no path is given."""
    with tempfile.TemporaryDirectory() as directory:
        name = f"temporal-test-server-sdk-python-{temporalio.service.__version__}"
        shutil.copy(server, Path(directory) / name)
        async with await WorkflowEnvironment.start_time_skipping(
            download_dest_dir=directory) as env:
            await env.sleep(timedelta(days=1))


# ---- Running ----

async def run_case(name: str, case, counts: dict) -> None:
    began = time.monotonic()
    try:
        await asyncio.wait_for(case, 30)
        took = time.monotonic() - began
        assert took <= REAL_LIMIT, f"took {took:.1f} s of real time"
        counts["passed"] += 1
        print(f"ok {name} ({took:.2f} s)", flush=True)
    except BaseException as error:  # a case that fails in any way is told
        counts["failed"] += 1
        where = traceback.extract_tb(error.__traceback__)[-1]
        print(f"FAILED {name}: {type(error).__name__}: {error} ({where.name}:{where.lineno})", flush=True)


async def replay_all(world: World) -> None:
    replayer = Replayer(workflows=workflows.ALL)
    for handle in world.handles:
        await replayer.replay_workflow(await handle.fetch_history())


async def main(server: str) -> int:
    logging.disable(logging.CRITICAL)
    counts = {"passed": 0, "failed": 0}
    wanted = sys.argv[3:]
    activities = Activities()
    async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=server) as env:
        activities.env = env
        world = World(env, activities)
        async with Worker(env.client, task_queue=QUEUE, workflows=workflows.ALL, activities=activities.all()):
            for case in CASES:
                if not wanted or case.__name__ in wanted:
                    await run_case(case.__name__, case(world), counts)
            await run_case("all_histories_replay", replay_all(world), counts)
    if not wanted:
        await run_case("the_download_cache", the_download_cache(server), counts)
    print(f"{counts['passed']} passed, {counts['failed']} failed, 0 skipped")
    return counts["failed"]


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(sys.argv[1])) else 0)
