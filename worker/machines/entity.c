/* SPDX-License-Identifier: MIT */
#include "worker/machines/entity.h"

#include "base/check.h"
#include "worker/workflow/context.h"

enum entity_result entity_apply(struct entity *entity, const Pb__HistoryEvent *event)
{
    int machine_event = entity->kind->machine_event(event->event_type);

    if (machine_event < 0) {
        return ENTITY_UNEXPECTED;
    }
    enum machine_result result =
        machine_step(entity->kind->table, &entity->state, (unsigned)machine_event, entity, event, entity->counted);
    return result == MACHINE_OK ? ENTITY_OK : ENTITY_UNEXPECTED;
}

void entity_do(struct entity *entity, unsigned machine_event, const void *argument)
{
    enum machine_result result =
        machine_step(entity->kind->table, &entity->state, machine_event, entity, argument, entity->counted);

    CHECK(result == MACHINE_OK);
}

void command_add(struct command *command, struct entity *entity, int type)
{
    command->entity = entity;
    command->type = type;
    command->number = ++entity->wf->command_count;
    list_append(&entity->wf->commands, &command->node);
}

void command_withdraw(struct command *command)
{
    list_remove(&command->node);
}

void entity_number(char *text, uint32_t number)
{
    char digits[ENTITY_NUMBER_SIZE];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0) {
        *text++ = digits[--count];
    }
    *text = '\0';
}

const char *entity_state(const struct entity *entity)
{
    return entity->kind->table->state_names[entity->state];
}
