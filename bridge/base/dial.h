/*
 * dial.h - a conversation over a socket for a thread that may block. One deadline bounds all of it,
 * so a peer that sends a byte now and then holds nobody up for longer.
 */
#ifndef BRIDGE_DIAL_H
#define BRIDGE_DIAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct verdict;

enum { DIAL_PIECE = 64 * 1024 };

/* The owner keeps it, zeroed before its first use. */
struct dial {
	int fd;         /* + 1; 0: not connected */
	int64_t until;  /* as loop_ms() has it */
	size_t at, len; /* of what is in `in`, and not yet read */
	char in[DIAL_PIECE];
};

/* Connect to "unix:/path" or "host:port", and be done with all by `until` (as loop_ms() has it). 0,
 * or -1 and *v (LATER); then nothing is connected. */
int dial_open(struct dial *d, const char *where, int64_t until, struct verdict *v);
/* Hang up. Harmless when nothing is connected. */
void dial_close(struct dial *d);
/* Write all. 0, or -1 and *v (LATER). */
int dial_write(struct dial *d, const void *bytes, size_t len, struct verdict *v);
/* Say that no more will be written. */
void dial_end(struct dial *d);
/* Read 1 to room bytes; how many there were; 0 when the peer has hung up; -1 and *v (LATER). */
ssize_t dial_read(struct dial *d, void *bytes, size_t room, struct verdict *v);
/* Read exactly len bytes. 0, or -1 and *v (LATER), also when the peer hangs up before. */
int dial_read_all(struct dial *d, void *bytes, size_t len, struct verdict *v);
/* Read a line of less than room bytes into line, without its end (LF or CR LF). 0, or -1 and *v
 * (LATER), also when the line is longer or the peer hangs up before its end. */
int dial_line(struct dial *d, char *line, size_t room, struct verdict *v);

/* len bytes of a file, from offset `at`, without moving its offset. 0, or -1 and *v (LATER), also
 * when there are less. */
int file_piece(int fd, void *bytes, size_t len, off_t at, struct verdict *v);

#endif
