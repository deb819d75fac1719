// SPDX-License-Identifier: MIT
// Any line is an event or an error; an event that is written reads back and is then written the same. A parser that has
// read other lines gives what a new one does, and a text is refused exactly where a mistake is found in it.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "events/event.h"
#include "events/join.h"
#include "json/json_line.h"
#include "json/json_mistake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int truth)
{
    if (!truth) abort();
}

static size_t written(const spl_event *event, char **out)
{
    size_t room = spl_event_size_max(event);
    *out = malloc(room);
    demand(*out != NULL);
    size_t size = spl_event_write(event, *out, room);
    demand(size > 0 && size <= room);
    return size;
}

static void closed(void *owner, const void *payload, double reward)
{
    (void)payload;
    (void)reward;
    ++*(uint64_t *)owner;
}

static void join_it(const spl_event *event)
{
    uint64_t count = 0;
    spl_join_config config = spl_join_config_default();
    spl_join *join = spl_join_new(&config, closed, &count);
    demand(join != NULL);
    demand(event->kind == SPL_EVENT_EXPOSURE ? spl_join_exposure(join, event, NULL) : spl_join_outcome(join, event));
    spl_join_finish(join);
    demand(count == (event->kind == SPL_EVENT_EXPOSURE));
    spl_join_free(join);
}

static void read_twice(spl_text line)
{
    static spl_json_line json; // keeps the keys of all lines before
    static spl_event_parser *used;
    static spl_event event;
    spl_error error, why;
    demand(spl_json_line_read(&json, line, &error) != spl_json_mistake(line, &why));
    if (!used) used = spl_event_parser_new();
    spl_event_parser *fresh = spl_event_parser_new();
    demand(used && fresh);
    char *first = NULL, *second = NULL;
    bool good = spl_event_parse(used, line, &event, &error);
    size_t size = good ? written(&event, &first) : 0;
    demand(spl_event_parse(fresh, line, &event, &why) == good);
    demand(!good || (written(&event, &second) == size && memcmp(first, second, size) == 0));
    demand(good || (strcmp(error.text, why.text) == 0 && strcmp(error.field, why.field) == 0));
    free(first);
    free(second);
    spl_event_parser_free(fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spl_event event, again;
    spl_error error;
    char *first, *second;
    spl_event_parser *parser = spl_event_parser_new(), *other = spl_event_parser_new();
    char *line = malloc(size + 1); // exact, so that reading past the end is seen
    demand(parser && other && line);
    if (size > 0) memcpy(line, data, size);
    read_twice((spl_text){line, size});
    if (spl_event_parse(parser, (spl_text){line, size}, &event, &error)) {
        size_t length = written(&event, &first);
        demand(spl_event_parse(other, (spl_text){first, length - 1}, &again, &error));
        demand(written(&again, &second) == length && memcmp(first, second, length) == 0);
        join_it(&event);
        free(first);
        free(second);
    }
    free(line);
    spl_event_parser_free(parser);
    spl_event_parser_free(other);
    return 0;
}
