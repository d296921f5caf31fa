// SPDX-License-Identifier: MIT
// What README shows; its workflow is in workflows.js.
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const path = process.env.TIMELAPSE_SERVER;
const workflowsPath = fileURLToPath(new URL('./workflows.js', import.meta.url));

// README begins
const env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
const worker = await Worker.create({ connection: env.nativeConnection, taskQueue: 'greetings', workflowsPath });
const result = await worker.runUntil(
  env.client.workflow.execute('greeting', { args: ['Ada'], workflowId: 'greeting-1', taskQueue: 'greetings' }));
// thirty days later, in a moment
// README ends

await env.teardown();
if (result !== 'Hello, Ada') throw new Error(`it says ${result}`);
console.log('ok readme_snippet');
