#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A simulated world with many small segments and a structure that was planted: 12 countries x 3 devices x 6 sources.

Which variant is best depends on the device, and for two of the sources the other way round; the country moves how
often visitors convert, but not which variant they prefer. So a segment of its own for every leaf throws most of the
log away, and levels that begin with the country ask the wrong question first.

  python3 tests/bench/bandit_world.py > world.json
  samplit bench layers --world world.json --visitors 100000 --seeds 5
"""
import json

COUNTRIES = ["US", "GB", "DE", "FR", "IN", "BR", "ES", "IT", "NL", "PL", "SE", "JP"]
DEVICES = ["mobile", "tablet", "desktop"]
SOURCES = ["google", "direct", "instagram", "facebook", "newsletter", "bing"]
EFFECT = {"mobile": (0.7, 1.0, 1.4), "tablet": (1.0, 1.3, 0.8), "desktop": (1.4, 1.0, 0.7)}
TURNED = ("instagram", "newsletter")


def rates(country, device, source):
    base = 0.03 + 0.004 * country
    effect = EFFECT[device][::-1] if source in TURNED else EFFECT[device]
    return [round(base * e, 6) for e in effect]


def leaf(country, device, source, index):
    visits = 400 * (12 - country) * (3 if device == "mobile" else 1) * (6 - index)
    return {"value": source, "visits": visits, "rates": rates(country, device, source)}


world = {
    "format": 1,
    "name": "planted",
    "experiment": "planted",
    "outcome": "purchase",
    "variants": ["control", "warm", "bold"],
    "start": "2026-01-05",
    "levels": ["country", "device", "source"],
    "segments": [
        {
            "value": name,
            "segments": [
                {"value": device, "segments": [leaf(c, device, s, i) for i, s in enumerate(SOURCES)]}
                for device in DEVICES
            ],
        }
        for c, name in enumerate(COUNTRIES)
    ],
}
print(json.dumps(world, indent=1))
