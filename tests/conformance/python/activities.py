# SPDX-License-Identifier: MIT
"""What the workflows ask for."""
import asyncio
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError


class Activities:
    """Counts attempts by name, and may sleep by the environment's clock."""

    def __init__(self) -> None:
        self.env = None
        self.attempts: dict[str, int] = {}
        self.canceled = False

    def count(self, name: str) -> int:
        self.attempts[name] = self.attempts.get(name, 0) + 1
        return self.attempts[name]

    @activity.defn
    async def greet(self, name: str) -> str:
        return f"Hello, {name}"

    @activity.defn
    async def fails(self, times: int) -> int:
        attempt = self.count("fails")
        if attempt <= times:
            raise ApplicationError("busy", type="Busy")
        return attempt

    @activity.defn
    async def falls_silent(self) -> str:
        """Heartbeats once; its first attempt then says no more."""
        activity.heartbeat("page 7")
        if self.count("falls_silent") == 1:
            await asyncio.sleep(2)
            return "too late"
        return activity.info().heartbeat_details[0]

    @activity.defn
    async def works_until_canceled(self) -> str:
        try:
            while True:
                activity.heartbeat()
                await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            self.canceled = True
            raise

    @activity.defn
    async def sleeps(self) -> str:
        """By the environment's clock, within an attempt."""
        await self.env.sleep(timedelta(hours=1))
        return "slept"

    @activity.defn
    async def takes_a_second(self) -> str:
        await asyncio.sleep(1)
        return "done"

    def all(self) -> list:
        return [
            self.greet,
            self.fails,
            self.falls_silent,
            self.works_until_canceled,
            self.sleeps,
            self.takes_a_second,
        ]
