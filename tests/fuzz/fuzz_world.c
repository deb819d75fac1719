// SPDX-License-Identifier: MIT
// Any bytes as a world: refused with a sentence, or good enough to draw visits from.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "simulate/visitor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_world *world = NULL;
    spl_error error = {0};
    if (!spl_world_parse((const char *)data, size, &world, &error)) {
        check(world == NULL && error.text[0] != '\0');
        return 0;
    }
    int64_t before = world->start_ms;
    for (uint64_t i = 0; i < 20; i++) {
        spl_visitor visitor;
        spl_visitor_draw(world, 1, i, &visitor);
        check(visitor.leaf < world->node_count && world->nodes[visitor.leaf].child_count == 0);
        check(visitor.time_ms >= before && visitor.field_count <= SPL_VISITOR_FIELDS_MAX);
        before = visitor.time_ms;
        for (uint32_t v = 0; v < world->variant_count; v++) {
            double rate = spl_world_rate(world, visitor.leaf, v, visitor.returning);
            check(rate >= 0 && rate <= 1);
        }
    }
    spl_world_free(world);
    return 0;
}
