// SPDX-License-Identifier: GPL-3.0-or-later
// samplit bundle set: runs an experiment in another way.
#ifndef SAMPLIT_BUNDLE_SET_H
#define SAMPLIT_BUNDLE_SET_H

int spl_bundle_set_main(int argc, char **argv);

#endif
