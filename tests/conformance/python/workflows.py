# SPDX-License-Identifier: MIT
"""What users write: timers, retries, signals, queries, cancellation, continue-as-new."""
import asyncio
from datetime import timedelta
from typing import Optional

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, TimeoutError

SECONDS = timedelta(seconds=10)


@workflow.defn
class Timers:
    """Sleeps `count` times for so many days."""

    @workflow.run
    async def run(self, count: int, days: int) -> float:
        began = workflow.now()
        for _ in range(count):
            await asyncio.sleep(timedelta(days=days).total_seconds())
        return (workflow.now() - began).total_seconds()


@workflow.defn
class Retries:
    """An activity that fails so often, with back-offs of minutes to hours."""

    @workflow.run
    async def run(self, times: int) -> int:
        policy = RetryPolicy(initial_interval=timedelta(minutes=10), backoff_coefficient=2.0)
        return await workflow.execute_activity(
            "fails", times, start_to_close_timeout=SECONDS, retry_policy=policy, result_type=int)


@workflow.defn
class Counter:
    """Adds what it is told until it is told to end, or a month has passed."""

    def __init__(self) -> None:
        self.sum = 0
        self.ended = False

    @workflow.run
    async def run(self) -> int:
        try:
            await workflow.wait_condition(lambda: self.ended, timeout=timedelta(days=30))
        except asyncio.TimeoutError:
            return -1
        return self.sum

    @workflow.signal
    def add(self, number: int) -> None:
        self.sum += number

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.query
    def total(self) -> int:
        return self.sum


@workflow.defn
class Silent:
    """An activity whose heartbeats stop."""

    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            "falls_silent",
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(seconds=1),
            retry_policy=RetryPolicy(initial_interval=timedelta(days=1)),
            result_type=str)


@workflow.defn
class Cancelable:
    """Waits for an activity's cancellation before it is canceled itself."""

    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            "works_until_canceled",
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(seconds=2),  # the SDK heartbeats at four fifths of it
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)


@workflow.defn
class Sleeper:
    @workflow.run
    async def run(self) -> None:
        await asyncio.sleep(timedelta(days=365).total_seconds())


@workflow.defn
class Continued:
    """A run for each day of so many."""

    @workflow.run
    async def run(self, left: int) -> str:
        await asyncio.sleep(timedelta(days=1).total_seconds())
        if left > 1:
            workflow.continue_as_new(left - 1)
        return "all days"


@workflow.defn
class Runs:
    """One activity, of a name and with limits that are told."""

    @workflow.run
    async def run(self, name: str, task_queue: Optional[str], start_within: Optional[float]) -> str:
        try:
            return await workflow.execute_activity(
                name,
                task_queue=task_queue,
                start_to_close_timeout=timedelta(hours=3),
                schedule_to_start_timeout=None if start_within is None else timedelta(seconds=start_within),
                result_type=str)
        except ActivityError as error:
            if isinstance(error.cause, TimeoutError):
                return f"timed out: {error.cause.type.name}"
            raise


ALL = [Timers, Retries, Counter, Silent, Cancelable, Sleeper, Continued, Runs]
