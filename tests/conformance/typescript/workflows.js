// SPDX-License-Identifier: MIT
// What users write: timers, retries, signals, queries, cancellation, continue-as-new.
import {
  ActivityFailure, condition, continueAsNew, defineQuery, defineSignal, proxyActivities, ActivityCancellationType,
  scheduleActivity, setHandler, sleep, TimeoutFailure,
} from '@temporalio/workflow';

export const add = defineSignal('add');
export const end = defineSignal('end');
export const total = defineQuery('total');

export async function greeting(name) {
  await sleep('30 days');
  return `Hello, ${name}`;
}

/** Sleeps `count` times for so many days; how many seconds that took. */
export async function timers(count, days) {
  const began = Date.now();
  for (let i = 0; i < count; i++) await sleep(`${days} days`);
  return (Date.now() - began) / 1000;
}

/** An activity that fails so often, with back-offs of minutes to hours. */
export async function retries(times) {
  const { fails } = proxyActivities({
    startToCloseTimeout: '10 seconds', retry: { initialInterval: '10 minutes', backoffCoefficient: 2 },
  });
  return fails(times);
}

/** Adds what it is told until it is told to end, or a month has passed. */
export async function counter() {
  let sum = 0;
  let ended = false;
  setHandler(add, (number) => { sum += number; });
  setHandler(end, () => { ended = true; });
  setHandler(total, () => sum);
  return (await condition(() => ended, '30 days')) ? sum : -1;
}

/** An activity whose heartbeats stop. */
export async function silent() {
  const { fallsSilent } = proxyActivities({
    startToCloseTimeout: '1 hour', heartbeatTimeout: '1 second', retry: { initialInterval: '1 day' },
  });
  return fallsSilent();
}

/** Waits for an activity's cancellation before it is canceled itself. */
export async function cancelable() {
  const { worksUntilCanceled } = proxyActivities({
    startToCloseTimeout: '1 hour', heartbeatTimeout: '2 seconds', // the SDK heartbeats at four fifths of it
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  await worksUntilCanceled();
}

export async function sleeper() {
  await sleep('365 days');
}

/** A run for each day of so many. */
export async function continued(left) {
  await sleep('1 day');
  if (left > 1) await continueAsNew(left - 1);
  return 'all days';
}

/** One activity, of a name and with limits that are told. */
export async function runs(name, taskQueue, startWithin) {
  try {
    return await scheduleActivity(name, [], {
      taskQueue, startToCloseTimeout: '3 hours', scheduleToStartTimeout: startWithin,
    });
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) {
      return `timed out: ${error.cause.timeoutType}`;
    }
    throw error;
  }
}
