/*
 * pieces.h - what a message becomes when it is too much for one: SMS that the platform does not join,
 * or pictures over several MMS. Each piece is a message of its own for the platform (see trail.h for
 * how they go out), and here a string: what an SMS says, or which of the message's parts an MMS has.
 */
#ifndef BRIDGE_PIECES_H
#define BRIDGE_PIECES_H

#include <stddef.h>

#define PIECES_END "\036" /* TRAIL_END, as a string */

struct buf;
struct msg;
struct style;
struct text_alphabet;

/* Append to out the SMS that a text made by shape_sms() goes in, TRAIL_END between them: each ends at a
 * word's end where that costs none, and begins with its number where the alphabet has room for that.
 * Returns how many; at least one. */
size_t pieces_of_text(
    const char *utf8, size_t len, const struct text_alphabet *a, struct buf *out);

/*
 * Append to out (may be NULL) likewise the MMS that a message with parts goes in, no more than the style
 * allows: the first has the text, and the parts keep their order. Several are made when one would leave
 * a picture too little room, or has none for a sound or a video. Says the same each time, since nothing
 * is decoded for it. Returns how many; at least one.
 */
size_t pieces_of_media(const struct msg *m, const struct style *style, struct buf *out);

/* Make of m what the piece has of it: some of its parts, and the text only with the first. */
void pieces_narrow(struct msg *m, const char *piece);

#endif
