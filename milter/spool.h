/*
 * spool.h - a mail while it comes in: in memory while it is small, then in a file that has no name.
 */
#ifndef MILTER_SPOOL_H
#define MILTER_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

enum { SPOOL_MEMORY = 256 * 1024 }; /* bytes of a mail that are kept in memory */

/* The owner keeps it, zeroed before its first use. */
struct spool {
	char *data; /* what is in memory; empty once there is a file */
	size_t len, room;
	int file;    /* fd + 1; 0: none yet */
	long size;   /* bytes in all */
	bool broken; /* the file could not be written: the mail is not whole */
};

/* Append len bytes. What goes wrong shows at spool_open(). */
void spool_add(struct spool *s, const void *bytes, size_t len);
/* Append a header as the mail has it: name, ':', value, and CR LF at each line's end (libmilter
 * gives the lines of a folded one parted by LF). */
void spool_header(struct spool *s, const char *name, const char *value);
/* The whole mail as an fd at offset 0, which stays the spool's; -1 (errno) when it is not whole. */
int spool_open(struct spool *s);
/* Forget the mail, give back all memory. */
void spool_free(struct spool *s);

#endif
