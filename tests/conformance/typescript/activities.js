// SPDX-License-Identifier: MIT
// What the workflows ask for. `seen` counts attempts by name.
import { setTimeout } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context, activityInfo, heartbeat } from '@temporalio/activity';

export const seen = { attempts: {}, canceled: false };

function count(name) {
  seen.attempts[name] = (seen.attempts[name] ?? 0) + 1;
  return seen.attempts[name];
}

/** env: whose clock an activity may sleep by. */
export function activitiesOf(env) {
  return {
    async greet(name) {
      return `Hello, ${name}`;
    },
    async fails(times) {
      const attempt = count('fails');
      if (attempt <= times) throw ApplicationFailure.create({ message: 'busy', type: 'Busy' });
      return attempt;
    },
    /** Heartbeats once; its first attempt then says no more. */
    async fallsSilent() {
      heartbeat('page 7');
      if (count('fallsSilent') === 1) {
        await setTimeout(2000);
        return 'too late';
      }
      return activityInfo().heartbeatDetails;
    },
    async worksUntilCanceled() {
      try {
        for (;;) {
          heartbeat();
          await Context.current().sleep(50);
        }
      } catch (error) {
        seen.canceled = error instanceof CancelledFailure;
        throw error;
      }
    },
    /** By the environment's clock, within an attempt. */
    async sleeps() {
      await env.sleep('1 hour');
      return 'slept';
    },
    async takesASecond() {
      await setTimeout(1000);
      return 'done';
    },
  };
}
