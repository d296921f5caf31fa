// SPDX-License-Identifier: MIT
// Each case on one environment, with the time it takes by both clocks; then the histories of all, replayed.
//   main.js SERVER [CASE...]
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { activitiesOf, seen } from './activities.js';
import { add, end, total } from './workflows.js';

const REAL_LIMIT = 5; // seconds, of each case
const HOUR = 3600;
const DAY = 24 * HOUR;
const QUEUE = 'flows';

/** What a case has: the environment, workers, and the runs that it leaves to be replayed. */
class World {
  constructor(env, workflowBundle) {
    this.env = env;
    this.workflowBundle = workflowBundle;
    this.handles = [];
  }

  async start(type, args = [], options = {}) {
    const workflowId = `${type}-${this.handles.length + 1}`;
    const handle = await this.env.client.workflow.start(type, { args, workflowId, taskQueue: QUEUE, ...options });
    this.handles.push(handle);
    return handle;
  }

  worker(taskQueue, options = {}) {
    return Worker.create({
      connection: this.env.nativeConnection, taskQueue, workflowBundle: this.workflowBundle,
      activities: activitiesOf(this.env), shutdownGraceTime: 0, ...options,
    });
  }

  async now() {
    return (await this.env.currentTimeMs()) / 1000;
  }

  /** Runs it; from `least` to an hour more has passed on the server's clock. */
  async passes(least, run, slack = HOUR) {
    const began = await this.now();
    const result = await run();
    const passed = await this.now() - began;
    assert.ok(passed >= least && passed < least + slack, `${passed} s have passed, not ${least}`);
    return result;
  }
}

async function isCanceled(handle) {
  await assert.rejects(
    handle.result(), (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure);
}

const cases = {
  async a_month_of_timers(world) {
    const seconds = await (await world.start('timers', [30, 1])).result();
    assert.ok(seconds >= 30 * DAY && seconds < 30 * DAY + 60, `${seconds} s`);
  },

  async a_timer_of_a_hundred_days(world) {
    await world.passes(100 * DAY, async () => (await world.start('timers', [1, 100])).result());
  },

  async retries_with_back_offs(world) {
    assert.equal(await world.passes(310 * 60, async () => (await world.start('retries', [5])).result(), 60), 6);
  },

  async signals_and_queries(world) {
    const handle = await world.start('counter');
    await handle.signal(add, 2);
    await handle.signal(add, 3);
    assert.equal(await handle.query(total), 5);
    await handle.signal(end);
    assert.equal(await handle.result(), 5);
    assert.equal(await handle.query(total), 5);
  },

  /** H12, H13: the clock stands where the sleep left it, so that the signal is in time. */
  async a_signal_after_a_sleep(world) {
    const handle = await world.start('counter', [], { workflowRunTimeout: '60 days' });
    await world.passes(25 * DAY, async () => {
      for (let i = 0; i < 5; i++) {
        await world.env.sleep('5 days');
        await setTimeout(20);
        await handle.signal(add, 1);
      }
    });
    await handle.signal(end);
    assert.equal(await handle.result(), 5);
  },

  async nobody_signals(world) {
    assert.equal(await (await world.start('counter')).result(), -1);
  },

  /** The attempt is at a worker, so its second passes; the day's back-off is skipped. */
  async a_heartbeat_stops(world) {
    assert.equal(await (await world.start('silent')).result(), 'page 7');
    assert.equal(seen.attempts.fallsSilent, 2);
  },

  /** H1: the run waits for its activity; afterwards time is skipped as before. */
  async a_workflow_is_canceled(world) {
    const handle = await world.start('cancelable');
    await setTimeout(300);
    await handle.cancel();
    await isCanceled(handle);
    assert.ok(seen.canceled);
  },

  /** H1, H2: nothing of it holds the clock. */
  async a_run_is_terminated_with_an_activity_out(world) {
    const handle = await world.start('runs', ['takesASecond']);
    await setTimeout(200);
    await handle.terminate();
    const real = Date.now();
    await world.passes(6 * HOUR, () => world.env.sleep('6 hours'));
    assert.ok(Date.now() - real < 2000);
  },

  async a_sleeper_is_canceled(world) {
    const handle = await world.start('sleeper');
    await world.env.sleep('100 days');
    await handle.cancel();
    await isCanceled(handle);
  },

  async twenty_days_of_runs(world) {
    await world.passes(20 * DAY, async () => {
      assert.equal(await (await world.start('continued', [20])).result(), 'all days');
    });
  },

  /** H10: each result() unlocks and locks; a month passes for all. */
  async many_wait_at_once(world) {
    const handles = [];
    for (let i = 0; i < 8; i++) handles.push(await world.start('timers', [3, 10]));
    await Promise.all(handles.map((handle) => handle.result()));
    await world.passes(0, () => setTimeout(200), 2); // it is locked again
  },

  /** One may be over before the next begins. */
  async sleeps_beside_each_other(world) {
    await world.passes(3 * HOUR, () => Promise.all([1, 2, 3].map((hours) => world.env.sleep(`${hours} hours`))), 4 * HOUR);
  },

  /** The activity ends well before what is slept for: it is not timed out by the sleep. */
  async a_sleep_beside_an_activity_at_work(world) {
    const handle = await world.start('runs', ['takesASecond']);
    await setTimeout(200);
    await world.env.sleep('1 day');
    assert.equal(await handle.result(), 'done');
  },

  /** H8: by the environment's clock, from within. */
  async an_activity_sleeps(world) {
    assert.equal(await (await world.start('runs', ['sleeps'])).result(), 'slept');
  },

  async no_worker_takes_it(world) {
    const handle = await world.start('runs', ['greet', 'nobody', '1 second']);
    assert.equal(await handle.result(), 'timed out: SCHEDULE_TO_START');
  },

  async workers_on_two_queues(world) {
    const worker = await world.worker('second');
    await worker.runUntil(async () => {
      const first = await world.start('runs', ['takesASecond', 'second']);
      const second = await world.start('timers', [2, 7], { taskQueue: 'second' });
      assert.ok(await second.result() >= 14 * DAY);
      assert.equal(await first.result(), 'done');
    });
  },

  async without_a_cache(world) {
    const worker = await world.worker('uncached', { maxCachedWorkflows: 0 });
    await worker.runUntil(async () => {
      const handle = await world.start('timers', [10, 3], { taskQueue: 'uncached' });
      assert.ok(await handle.result() >= 30 * DAY);
    });
  },

  /** H14: its sticky queue is left at once, not after ten seconds. */
  async a_worker_goes_and_another_comes(world) {
    let handle;
    for (let i = 0; i < 3; i++) {
      const worker = await world.worker('visited');
      await worker.runUntil(async () => {
        handle ??= await world.start('counter', [], { taskQueue: 'visited' });
        await handle.signal(add, 1);
        assert.equal(await handle.query(total), i + 1);
      });
    }
    await handle.signal(end);
    await (await world.worker('visited')).runUntil(async () => assert.equal(await handle.result(), 3));
  },

  async memo_and_search_attributes(world) {
    const key = defineSearchAttributeKey('CustomKeywordField', SearchAttributeType.KEYWORD);
    const handle = await world.start('timers', [1, 1], {
      memo: { by: 'Ada' }, typedSearchAttributes: new TypedSearchAttributes([{ key, value: 'gold' }]),
    });
    await handle.result();
    const described = await handle.describe();
    assert.equal(described.memo.by, 'Ada');
    assert.equal(described.typedSearchAttributes.get(key), 'gold');
  },
};

async function replayAll(world) {
  for (const handle of world.handles) {
    await Worker.runReplayHistory({ workflowBundle: world.workflowBundle }, await handle.fetchHistory(), handle.workflowId);
  }
}

// ---- Running ----

const counts = { passed: 0, failed: 0 };

async function runCase(name, run) {
  const began = Date.now();
  const late = new AbortController();
  try {
    const limit = setTimeout(30_000, null, { signal: late.signal }).then(() => { throw new Error('30 s are over'); });
    limit.catch(() => {});
    await Promise.race([run(), limit]);
    const took = (Date.now() - began) / 1000;
    assert.ok(took <= REAL_LIMIT, `it took ${took} s of real time`);
    counts.passed++;
    console.log(`ok ${name} (${took.toFixed(2)} s)`);
  } catch (error) {
    counts.failed++;
    console.log(`FAILED ${name}: ${error.message.replaceAll('\n', ' ')}${error.cause ? `: ${error.cause.message}` : ''}`);
  } finally {
    late.abort();
  }
}

async function main([path, ...wanted]) {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)), logger: new DefaultLogger('ERROR'),
  });
  const world = new World(env, workflowBundle);
  const worker = await world.worker(QUEUE);
  await worker.runUntil(async () => {
    for (const [name, run] of Object.entries(cases)) {
      if (wanted.length === 0 || wanted.includes(name)) await runCase(name, () => run(world));
    }
    await runCase('all_histories_replay', () => replayAll(world));
  });
  await env.teardown();
  console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

await main(process.argv.slice(2));
