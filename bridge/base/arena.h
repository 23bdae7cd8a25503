/*
 * arena.h - memory that lives and dies together: a message and all that hangs on it.
 */
#ifndef BRIDGE_ARENA_H
#define BRIDGE_ARENA_H

#include <stddef.h>

struct arena;

/* An empty arena, for arena_free(). */
struct arena *arena_new(void);
/* Frees the arena and all that was made in it. Accepts NULL. */
void arena_free(struct arena *a);
/* size bytes, zeroed, aligned for any type; they live as long as the arena. Never NULL. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of s in the arena; NULL gives NULL. */
char *arena_strdup(struct arena *a, const char *s);
/* A copy of the first n bytes of s, with a NUL behind, in the arena. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
/* A string made as by printf(3), in the arena. */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
