// SPDX-License-Identifier: MIT
package conformance;

import conformance.Flows.Greeting;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;

/** What README shows. A worker of the queue "greetings" knows Greeting, which sleeps for thirty days. */
final class ReadmeSnippet {
  private ReadmeSnippet() {}

  static String greet(String address) {
    // README begins
    var service = WorkflowServiceStubs.newServiceStubs(WorkflowServiceStubsOptions.newBuilder().setTarget(address).build());
    var skips = WorkflowClientOptions.newBuilder().setInterceptors(new Skipping(service)).build();
    var client = WorkflowClient.newInstance(service, skips);
    var options = WorkflowOptions.newBuilder().setTaskQueue("greetings").build();
    var result = client.newWorkflowStub(Greeting.class, options).greet("Ada"); // thirty days later, in a moment
    // README ends
    service.shutdownNow();
    return result;
  }
}
