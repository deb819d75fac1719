// SPDX-License-Identifier: GPL-3.0-or-later
// samplit bundle sign, samplit bundle verify: signatures beside bundles.
#ifndef SAMPLIT_BUNDLE_SIGN_H
#define SAMPLIT_BUNDLE_SIGN_H

int spl_bundle_sign_main(int argc, char **argv);
int spl_bundle_verify_main(int argc, char **argv);

// BUNDLE.minisig, from malloc: beside a bundle, also one that is packed (BUNDLE.gz), for what is signed is what a
// client has once it is unpacked. NULL when out of memory.
char *spl_signature_path(const char *bundle);

#endif
