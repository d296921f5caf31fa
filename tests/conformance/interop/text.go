// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// What is seen, in the words of tests/conformance/peer/text.c.

func tellPayload(payload *commonpb.Payload) string {
	text := string(payload.GetMetadata()["encoding"]) + " "
	keys := []string{}
	for key := range payload.GetMetadata() {
		if key != "encoding" {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		text += key + ":" + tellBytes(payload.GetMetadata()[key]) + " "
	}
	if len(payload.GetData()) > 1000 {
		return text + fmt.Sprintf("%d bytes", len(payload.GetData()))
	}
	return text + tellBytes(payload.GetData())
}

func tellBytes(bytes []byte) string {
	text := ""
	for _, b := range bytes {
		if b >= 0x20 && b < 0x7f {
			text += string(rune(b))
		} else {
			text += fmt.Sprintf("\\x%02x", b)
		}
	}
	return text
}

// Details of up to two values, each as it is.
func tellDetails(details func(...interface{}) error) string {
	values := [2]converter.RawValue{}
	text := ""
	if details(&values[0], &values[1]) != nil {
		return text
	}
	for _, value := range values {
		if value.Payload() != nil {
			text += " detail " + tellPayload(value.Payload())
		}
	}
	return text
}

func tellLink(err error) string {
	switch link := err.(type) {
	case *temporal.ApplicationError:
		truth := 0
		if link.NonRetryable() {
			truth = 1
		}
		return fmt.Sprintf("application %s \"%s\" non_retryable=%d next=%dms category=%d%s", link.Type(), link.Message(),
			truth, link.NextRetryDelay().Milliseconds(), link.Category(), tellDetails(link.Details))
	case *temporal.ActivityError:
		if _, is := link.Unwrap().(*temporal.CanceledError); is {
			return "activity " + link.ActivityType().GetName() // no event tells a retry state: each SDK has its own
		}
		return fmt.Sprintf("activity %s retry_state=%d", link.ActivityType().GetName(), link.RetryState())
	case *temporal.TimeoutError:
		return fmt.Sprintf("timeout %d%s", link.TimeoutType(), tellDetails(link.LastHeartbeatDetails))
	case *temporal.CanceledError:
		return "canceled" + tellDetails(link.Details)
	case *temporal.TerminatedError:
		return "terminated"
	default:
		return fmt.Sprintf("%T %v", err, err)
	}
}

func tellFailure(err error) string {
	links := []string{}
	var whole *temporal.WorkflowExecutionError
	if errors.As(err, &whole) {
		err = whole.Unwrap()
	}
	for ; err != nil; err = errors.Unwrap(err) {
		links = append(links, tellLink(err))
	}
	return strings.Join(links, " <- ")
}
