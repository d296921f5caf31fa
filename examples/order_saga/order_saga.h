/* SPDX-License-Identifier: MIT */
/*
 * The order saga: charge the card, ship the order, wait thirty days for the delivery; undo what
 * was done, in reverse order, when any of it does not come about.
 *
 *   input    {"amount": 40, "card": "4242", "address": "1 Main Street"}
 *   signal   "delivered"
 *   result   {"receipt": "...", "parcel": "..."}
 *   failures BadOrder, CardDeclined, NotDelivered
 */
#ifndef ORDER_SAGA_H
#define ORDER_SAGA_H

#include <timelapse/registry.h>
#include <timelapse/time.h>

#define ORDER_SAGA           "OrderSaga"
#define ORDER_SIGNAL         "delivered"
#define ORDER_QUEUE          "orders"
#define ORDER_DELIVERY_LIMIT TL_DAYS(30)

/* The workflow alone; and with the activities, as a worker needs them. */
tl_register_fn order_saga_register_workflow;
tl_register_fn order_saga_register;

#endif
