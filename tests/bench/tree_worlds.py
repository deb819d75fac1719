#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Worlds whose structure is known, for trees learned from data: prints one as `samplit simulate --world` takes it.

  flat      variants differ by the same everywhere; nothing is to be found
  branches  plan free: what works depends on the device; plan pro: on the source; plan team: on nothing
  cities    as branches, and 40 cities that convert differently but do not care which variant they see
  crossed   device and source matter only together (no single attribute shows it)
"""
import json
import sys

SHARES = {
    "plan": {"free": 0.5, "pro": 0.3, "team": 0.2},
    "device": {"mobile": 0.6, "desktop": 0.4},
    "source": {"google": 0.4, "direct": 0.35, "instagram": 0.25},
    "region": {"north": 0.4, "south": 0.3, "east": 0.2, "west": 0.1},
    "city": {f"c{i:02d}": 1 / 40 for i in range(40)},
}
LEVELS = {
    "flat": ["plan", "device", "source", "region"],
    "branches": ["plan", "device", "source", "region"],
    "cities": ["plan", "device", "source", "city"],
    "crossed": ["plan", "device", "source", "region"],
}
WEEK = 120000


def base(at):
    rate = {"free": 0.04, "pro": 0.07, "team": 0.05}[at["plan"]] * {"mobile": 0.9, "desktop": 1.15}[at["device"]]
    rate *= {"google": 1.0, "direct": 1.2, "instagram": 0.7}[at["source"]]
    if "region" in at:
        rate *= {"north": 1.3, "south": 1.0, "east": 0.8, "west": 0.6}[at["region"]]
    if "city" in at:
        rate *= 0.5 + int(at["city"][1:]) / 40
    return rate


def effects(name, at):
    if name == "flat":
        return [1.0, 1.1, 1.0]
    if name == "crossed":
        same = (at["device"] == "mobile") == (at["source"] == "google")
        return [1.0, 1.3, 0.75] if same else [1.0, 0.75, 1.3]
    if at["plan"] == "free":
        return [1.0, 1.35, 0.8] if at["device"] == "mobile" else [1.0, 0.8, 1.35]
    if at["plan"] == "pro":
        return {"google": [1.0, 1.3, 0.9], "direct": [1.2, 0.9, 0.9], "instagram": [0.9, 0.9, 1.4]}[at["source"]]
    return [1.0, 1.1, 1.0]


def segments(name, at, levels, visits):
    for value, share in SHARES[levels[0]].items():
        here = {**at, levels[0]: value}
        if len(levels) > 1:
            yield {"value": value, "segments": list(segments(name, here, levels[1:], visits * share))}
        else:
            yield {"value": value, "visits": visits * share,
                   "rates": [round(base(here) * e, 9) for e in effects(name, here)]}


def world(name):
    return {"format": 1, "name": name, "experiment": name, "outcome": "purchase", "variants": ["control", "b", "c"],
            "start": "2026-01-05", "hours": [1] * 24, "weekdays": [1] * 7, "outcome_delay_minutes": 5,
            "levels": LEVELS[name], "segments": list(segments(name, {}, LEVELS[name], WEEK)), "raw": {}}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LEVELS:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(LEVELS)}")
    json.dump(world(sys.argv[1]), sys.stdout)
