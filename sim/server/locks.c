/* SPDX-License-Identifier: MIT */
#include "sim/server/locks.h"

#include "base/pool.h"

/* What a peer has added to the total; never 0. */
struct balance {
    struct list_node node;
    uint64_t peer;
    int64_t net;
};

void locks_init(struct locks *locks, struct pool *pool, int64_t total)
{
    *locks = (struct locks){.pool = pool, .total = total};
    list_init(&locks->balances);
}

static void drop(struct locks *locks, struct balance *balance)
{
    list_remove(&balance->node);
    pool_free(locks->pool, balance, sizeof(*balance));
}

void locks_done(struct locks *locks)
{
    LIST_EACH(&locks->balances, node)
    {
        drop(locks, LIST_ITEM(node, struct balance, node));
    }
}

static struct balance *find(const struct locks *locks, uint64_t peer)
{
    for (struct list_node *node = list_first(&locks->balances); node != NULL;
         node = list_next(&locks->balances, node)) {
        struct balance *balance = LIST_ITEM(node, struct balance, node);
        if (balance->peer == peer) {
            return balance;
        }
    }
    return NULL;
}

static void add(struct locks *locks, uint64_t peer, int64_t change)
{
    struct balance *balance = find(locks, peer);

    if (balance == NULL) {
        balance = pool_zalloc(locks->pool, sizeof(*balance));
        balance->peer = peer;
        list_append(&locks->balances, &balance->node);
    }
    balance->net += change;
    locks->total += change;
    if (balance->net == 0) {
        drop(locks, balance);
    }
}

void locks_lock(struct locks *locks, uint64_t peer)
{
    add(locks, peer, 1);
}

void locks_unlock(struct locks *locks, uint64_t peer)
{
    CHECK(locks_may_unlock(locks));
    add(locks, peer, -1);
}

bool locks_are_opened_by(const struct locks *locks, uint64_t peer)
{
    const struct balance *balance = find(locks, peer);

    return balance != NULL && balance->net < 0;
}

void locks_forget(struct locks *locks, uint64_t peer)
{
    struct balance *balance = find(locks, peer);

    if (balance == NULL) {
        return;
    }
    if (balance->net < 0) {
        locks->total -= balance->net;
    }
    drop(locks, balance);
}
