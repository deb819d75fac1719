// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are still being written. Whoever interrupts the program (^C, kill, a closed terminal or
// pipe) leaves none of them behind.
#ifndef SAMPLIT_UNFINISHED_H
#define SAMPLIT_UNFINISHED_H

// Makes a file by mkstemp's rules and remembers it; `path` stays as it is until it is forgotten.
// Returns its descriptor, or -1. Of more than 16 at once, the others are not remembered.
int spl_unfinished_make(char *path);

// The file has its final name, or is removed. A path that is not remembered, or NULL, is fine.
void spl_unfinished_forget(const char *path);

// From now on SIGINT, SIGTERM, SIGHUP and SIGPIPE remove what is remembered, and then end the program as
// they would have done; a signal that is ignored stays ignored. For main.
void spl_unfinished_guard(void);

#endif
