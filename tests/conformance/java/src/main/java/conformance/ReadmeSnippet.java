// SPDX-License-Identifier: MIT
package conformance;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;

/** What stands in the README, executed. A worker of the queue "greetings" knows Greeting, which sleeps for thirty days. */
final class ReadmeSnippet {
  private ReadmeSnippet() {}

  static String greet(String address) {
    var stubs = WorkflowServiceStubs.newServiceStubs(WorkflowServiceStubsOptions.newBuilder().setTarget(address).build());
    var skipping = new Skipping(stubs); // Skipping.java
    var client = WorkflowClient.newInstance(stubs, WorkflowClientOptions.newBuilder().setInterceptors(skipping).build());
    var options = WorkflowOptions.newBuilder().setTaskQueue("greetings").build();
    var result = client.newWorkflowStub(Flows.Greeting.class, options).greet("Ada");
    stubs.shutdownNow();
    return result;
  }
}
