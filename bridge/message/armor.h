/*
 * armor.h - what programs have put into the text of a mail: signatures and secrets of PGP (RFC 9580
 * section 6 and 7), files as uuencode, base64 or yEnc.
 */
#ifndef BRIDGE_ARMOR_H
#define BRIDGE_ARMOR_H

struct buf;

/*
 * Take what no person reads out of text, which is UTF-8 with lines ended by LF: of a text signed by
 * PGP the armor; a secret becomes a line that says so; a file becomes a line with its name, which
 * is also told by on_file(to, name). text only becomes shorter. Time is linear.
 */
void armor_remove(struct buf *text, void (*on_file)(void *to, const char *name), void *to);

#endif
