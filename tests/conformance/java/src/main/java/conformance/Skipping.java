// SPDX-License-Identifier: MIT
package conformance;

import com.google.protobuf.Empty;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.temporal.api.testservice.v1.LockTimeSkippingRequest;
import io.temporal.api.testservice.v1.SleepRequest;
import io.temporal.api.testservice.v1.TestServiceGrpc;
import io.temporal.api.testservice.v1.UnlockTimeSkippingRequest;
import io.temporal.common.interceptors.WorkflowClientCallsInterceptor;
import io.temporal.common.interceptors.WorkflowClientCallsInterceptorBase;
import io.temporal.common.interceptors.WorkflowClientInterceptorBase;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeoutException;

/** Unlocks the server's clock while a client that has it as an interceptor awaits a result. */
final class Skipping extends WorkflowClientInterceptorBase {
  private final TestServiceGrpc.TestServiceBlockingStub server;

  Skipping(WorkflowServiceStubs stubs) {
    server = TestServiceGrpc.newBlockingStub(stubs.getRawChannel());
  }

  @Override
  public WorkflowClientCallsInterceptor workflowClientCallsInterceptor(WorkflowClientCallsInterceptor next) {
    return new WorkflowClientCallsInterceptorBase(next) {
      // README begins
      @Override
      public <R> GetResultOutput<R> getResult(GetResultInput<R> input) throws TimeoutException {
        unlock();
        try {
          return super.getResult(input);
        } finally {
          lock();
        }
      }
      // README ends

      @Override
      public <R> GetResultAsyncOutput<R> getResultAsync(GetResultInput<R> input) {
        unlock();
        return new GetResultAsyncOutput<>(
            super.getResultAsync(input).getResult().whenComplete((result, failure) -> lock()));
      }
    };
  }

  void unlock() {
    server.unlockTimeSkipping(UnlockTimeSkippingRequest.getDefaultInstance());
  }

  void lock() {
    server.lockTimeSkipping(LockTimeSkippingRequest.getDefaultInstance());
  }

  void sleep(Duration duration) {
    server.unlockTimeSkippingWithSleep(
        SleepRequest.newBuilder().setDuration(Durations.fromNanos(duration.toNanos())).build());
  }

  Instant now() {
    return Instant.ofEpochMilli(Timestamps.toMillis(server.getCurrentTime(Empty.getDefaultInstance()).getTime()));
  }
}
