# SPDX-License-Identifier: MIT
# What README shows, and a workflow for it.
import asyncio
import os
from datetime import timedelta

from temporalio import workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker


@workflow.defn
class Greeting:
    @workflow.run
    async def run(self, name: str) -> str:
        await asyncio.sleep(timedelta(days=30).total_seconds())
        return f"Hello, {name}"


async def main() -> None:
    path = os.environ["TIMELAPSE_SERVER"]
    # README begins
    async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=path) as env:
        async with Worker(env.client, task_queue="greetings", workflows=[Greeting]):
            result = await env.client.execute_workflow(
                Greeting.run, "Ada", id="greeting-1", task_queue="greetings")
    assert result == "Hello, Ada"  # thirty days later, in a moment
    # README ends
    print("ok readme_snippet")


if __name__ == "__main__":
    asyncio.run(main())
