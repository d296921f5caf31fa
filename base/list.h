/* SPDX-License-Identifier: MIT */
/* An intrusive doubly linked list in order of insertion; a node knows whether it is linked. */
#ifndef TIMELAPSE_BASE_LIST_H
#define TIMELAPSE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

struct list_node {
    struct list_node *next; /* NULL while not linked */
    struct list_node *prev;
};

struct list {
    struct list_node head;
};

static inline void list_init(struct list *list)
{
    list->head.next = &list->head;
    list->head.prev = &list->head;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->head.next == &list->head;
}

static inline bool list_is_linked(const struct list_node *node)
{
    return node->next != NULL;
}

static inline void list_insert_before(struct list_node *position, struct list_node *node)
{
    node->next = position;
    node->prev = position->prev;
    position->prev->next = node;
    position->prev = node;
}

static inline void list_append(struct list *list, struct list_node *node)
{
    list_insert_before(&list->head, node);
}

static inline void list_prepend(struct list *list, struct list_node *node)
{
    list_insert_before(list->head.next, node);
}

/* Unlinks; nothing when it is not linked. */
static inline void list_remove(struct list_node *node)
{
    if (node->next != NULL) {
        node->prev->next = node->next;
        node->next->prev = node->prev;
        node->next = NULL;
        node->prev = NULL;
    }
}

/* The first node, or NULL; the one after `node`, or NULL. */
static inline struct list_node *list_first(const struct list *list)
{
    return list_is_empty(list) ? NULL : list->head.next;
}

static inline struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    return node->next == &list->head ? NULL : node->next;
}

static inline struct list_node *list_last(const struct list *list)
{
    return list_is_empty(list) ? NULL : list->head.prev;
}

/* Unlinks and returns the first node, or NULL. */
static inline struct list_node *list_take_first(struct list *list)
{
    struct list_node *node = list_first(list);

    if (node != NULL) {
        list_remove(node);
    }
    return node;
}

/* All of `more` behind what is in the list; `more` is empty then. */
static inline void list_append_all(struct list *list, struct list *more)
{
    if (list_is_empty(more)) {
        return;
    }
    more->head.next->prev = list->head.prev;
    more->head.prev->next = &list->head;
    list->head.prev->next = more->head.next;
    list->head.prev = more->head.prev;
    list_init(more);
}

/* Walks in order; the body may remove `node` itself and nothing else. */
#define LIST_EACH(list, node)                                                                                          \
    for (struct list_node *node = (list)->head.next, *node##_next = node->next; node != &(list)->head;                 \
         node = node##_next, node##_next = node->next)

#define LIST_ITEM(node, type, member) CONTAINER_OF((node), type, member)

#endif
