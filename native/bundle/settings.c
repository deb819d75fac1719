// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/settings.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/figures.h"
#include "host/visible.h"
#include "json/json_add.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

#define WORD(name, value, text) [value] = text,
static const char *const modes[] = {SPL_MODE_LIST(WORD)};
static const char *const hash_modes[] = {"race", "growthbook-v2", "murmur3", "unleash"};

static bool parse(const char *const *words, uint32_t count, const char *text, uint32_t *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) != 0) continue;
        *out = i;
        return true;
    }
    return false;
}

const char *spl_mode_name(uint32_t mode)
{
    return mode < COUNT(modes) ? modes[mode] : "unknown";
}

bool spl_mode_parse(const char *text, uint32_t *mode)
{
    return parse(modes, COUNT(modes), text, mode);
}

const char *spl_hash_mode_name(uint32_t mode)
{
    return mode < COUNT(hash_modes) ? hash_modes[mode] : "unknown";
}

bool spl_hash_mode_parse(const char *text, uint32_t *mode)
{
    return parse(hash_modes, COUNT(hash_modes), text, mode);
}

static bool is_limited(const spl_settings *s)
{
    return s->traffic > 0 && s->traffic < 1;
}

bool spl_settings_are_plain(const spl_settings *s)
{
    return !s->paused && !s->mode && !s->bucket_version && !s->min_bucket_version && !(s->holdout > 0) &&
           !is_limited(s) && s->hash_seed.size == 0;
}

void spl_settings_print(const spl_settings *s, FILE *out)
{
    char figure[SPL_FIGURE_MAX];
    if (s->paused) fputs(", paused", out);
    if (s->mode) fprintf(out, ", mode %s", spl_mode_name(s->mode));
    if (s->holdout > 0) fprintf(out, ", holdout %s", spl_figure_share(s->holdout, figure));
    if (is_limited(s)) fprintf(out, ", traffic %s", spl_figure_share(s->traffic, figure));
    if (s->bucket_version) fprintf(out, ", bucket version %" PRIu32, s->bucket_version);
    if (s->min_bucket_version) fprintf(out, " (at least %" PRIu32 ")", s->min_bucket_version);
    if (s->hash_seed.size == 0) return;
    char *seed = spl_visible(s->hash_seed, true);
    fprintf(out, ", hash seed %s", seed ? seed : "");
    free(seed);
}

cJSON *spl_settings_json(const spl_settings *s)
{
    cJSON *out = cJSON_CreateObject();
    if (s->paused) cJSON_AddTrueToObject(out, "paused");
    if (s->mode) cJSON_AddStringToObject(out, "mode", spl_mode_name(s->mode));
    if (s->holdout > 0) cJSON_AddNumberToObject(out, "holdout", s->holdout);
    if (is_limited(s)) cJSON_AddNumberToObject(out, "traffic", s->traffic);
    if (s->bucket_version) cJSON_AddNumberToObject(out, "bucket_version", s->bucket_version);
    if (s->min_bucket_version) cJSON_AddNumberToObject(out, "min_bucket_version", s->min_bucket_version);
    if (s->hash_seed.size > 0) spl_json_add_text(out, "hash_seed", s->hash_seed);
    return out;
}
