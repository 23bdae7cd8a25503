/*
 * arena.c - memory that lives and dies together.
 *
 * Small things share blocks of 2 KB; a big one gets a block of its own. Each block is its own
 * malloc(), so that AddressSanitizer sees a use after arena_free(). Without it, some blocks are kept
 * for the next arena: only what was used of them must be made zero again.
 */
#include "bridge/base/arena.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"

/* How clang tells it; gcc defines a macro. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer)
enum { BLOCK = 2048, KEPT = 0 };
#else
enum { BLOCK = 2048, KEPT = 256 };
#endif

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *first; /* the one being filled */
};

/* The blocks kept, of BLOCK bytes each, all zero. */
static struct {
	pthread_mutex_t lock;
	struct block *first;
	unsigned n;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct block *
block_new(size_t size)
{
	struct block *b = NULL;

	if (size == BLOCK) {
		pthread_mutex_lock(&pool.lock);
		if ((b = pool.first)) {
			pool.first = b->next;
			pool.n--;
		}
		pthread_mutex_unlock(&pool.lock);
	}
	if (!b)
		b = xcalloc(1, sizeof *b + size);
	b->size = size;
	return b;
}

/* Keep the blocks of the list that can be kept, and free the others. */
static void
free_blocks(struct block *b)
{
	struct block *next;

	for (; b; b = next) {
		bool keep = KEPT > 0 && b->size == BLOCK;

		next = b->next;
		if (keep) {
			memset(b->bytes, 0, b->used);
			b->used = 0;
			pthread_mutex_lock(&pool.lock);
			if ((keep = pool.n + 1 <= KEPT)) {
				b->next = pool.first;
				pool.first = b;
				pool.n++;
			}
			pthread_mutex_unlock(&pool.lock);
		}
		if (!keep)
			free(b);
	}
}

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	free_blocks(a->first);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t step = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *b = a->first;
	void *p;

	if (!b || b->size - b->used < step) {
		size_t room = step > BLOCK / 4 ? step : BLOCK;

		b = block_new(room);
		/* A block made for one big thing is full at once: keep filling the one before it. */
		if (a->first && room == step) {
			b->next = a->first->next;
			a->first->next = b;
		} else {
			b->next = a->first;
			a->first = b;
		}
	}
	p = b->bytes + b->used;
	b->used += step;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap, again;
	char *s;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	s = arena_alloc(a, n < 0 ? 1 : (size_t)n + 1);
	if (n > 0)
		vsnprintf(s, (size_t)n + 1, format, again);
	va_end(again);
	va_end(ap);
	return s;
}
